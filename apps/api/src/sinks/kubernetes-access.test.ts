import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
const write = (content: unknown) => writeFile(file, typeof content === "string" ? content : JSON.stringify(content));

test("takes a token, and files beside the configuration", async () => {
  await write(config({ tokenFile: "token" }, { "certificate-authority": "ca.crt" }));
  expect(await readKubernetesAccess(file, {})).toEqual({ server: "https://10.0.0.1:6443", token: "t0ken", ca: "CA" });
});

test("takes a certificate", async () => {
  await write(config({ "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") }));
  expect(await readKubernetesAccess(file, {})).toEqual({
    server: "https://10.0.0.1:6443",
    clientCertificate: { cert: "CERT", key: "KEY" },
  });
});

test.each([
  ["YAML, with the command that makes JSON of it", "apiVersion: v1\n", /kubectl config view/],
  ["something else", [], /it is not one/],
  ["a context that is not there", { ...config({ token: "t" }), "current-context": "x" }, /no context/],
  ["a user without anything", config({}), /neither a token nor a certificate/],
  ["a plugin", config({ exec: { command: "evil" } }), /plugins are not run/],
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
