import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readKubernetesAccess } from "./kubernetes-access.ts";

let file = "";
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "stave-kubeconfig-"));
  file = join(folder, "config.json");
  await writeFile(join(folder, "token"), "t0ken\n");
  await writeFile(join(folder, "ca.crt"), "CA");
  return () => rm(folder, { recursive: true });
});

const config = (user: object, cluster: object = {}) => ({
  "current-context": "here",
  contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
  clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443/", ...cluster } }],
  users: [{ name: "u", user }],
});
const base64 = (text: string) => Buffer.from(text).toString("base64");
const bomb = Array.from(
  { length: 30 },
  (_, n) => `a${n}: &a${n} [${n === 0 ? "x" : `*a${n - 1}, *a${n - 1}, *a${n - 1}`}]`,
).join("\n");
const write = (content: unknown) => writeFile(file, typeof content === "string" ? content : JSON.stringify(content));

test("takes a token, and files beside the configuration", async () => {
  await write(config({ tokenFile: "token" }, { "certificate-authority": "ca.crt" }));
  expect(await readKubernetesAccess(file, {})).toEqual({ server: "https://10.0.0.1:6443", token: "t0ken", ca: "CA" });
});

test("takes YAML, as kubectl writes it", async () => {
  await write(`apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: ${base64("CA")}
    server: https://10.0.0.1:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    namespace: default
    user: admin
  name: admin@kubernetes
current-context: admin@kubernetes
preferences: {}
users:
- name: admin
  user:
    client-certificate: client.crt
    client-key-data: ${base64("KEY")}
`);
  await writeFile(join(dirname(file), "client.crt"), "CERT");
  expect(await readKubernetesAccess(file, {})).toEqual({
    server: "https://10.0.0.1:6443",
    ca: "CA",
    clientCertificate: { cert: "CERT", key: "KEY" },
  });
});

test("takes a certificate", async () => {
  await write(config({ "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") }));
  expect(await readKubernetesAccess(file, {})).toEqual({
    server: "https://10.0.0.1:6443",
    clientCertificate: { cert: "CERT", key: "KEY" },
  });
});

test.each([
  ["YAML of something else", "apiVersion: v1\n", /it is not one/],
  ["what is no YAML, without a word of it", "users: [\n - token: s3cret", /^(?!.*s3cret).*neither YAML nor JSON/],
  ["what grows as it is read", bomb, /neither YAML nor JSON/],
  ["several documents", "a: 1\n---\nb: 2\n", /neither YAML nor JSON/],
  ["something else", [], /it is not one/],
  ["a context that is not there", { ...config({ token: "t" }), "current-context": "x" }, /no context/],
  ["a user without anything", config({}), /neither a token nor a client certificate/],
  ["a certificate without its key", config({ "client-certificate-data": base64("C") }), /neither a token nor/],
  ["a program that would sign in", config({ exec: { command: "evil" } }), /`exec`\), and none is run/],
  ["a program beside a token", config({ token: "t", exec: { command: "evil" } }), /`exec`/],
  ["a plugin of old", config({ "auth-provider": { name: "gcp" } }), /`auth-provider`/],
  [
    "a server whose certificate is not looked at",
    config({ token: "t" }, { "insecure-skip-tls-verify": true }),
    /check/,
  ],
])("refuses %s", async (_, content, reason) => {
  await write(content);
  await expect(readKubernetesAccess(file, {})).rejects.toThrow(reason);
});

test("outside of a pod there is none without a configuration", async () => {
  await expect(readKubernetesAccess(undefined, {})).rejects.toThrow(/--kubeconfig/);
});
