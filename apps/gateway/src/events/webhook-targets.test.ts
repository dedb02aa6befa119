import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UsageError } from "../process/usage-error.ts";
import { readWebhookTargets, type WebhookTarget } from "./webhook-targets.ts";

const url = "https://example.com/hook?a=b";
const secret = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-targets-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function read(targets: unknown): Promise<readonly WebhookTarget[]> {
  const file = join(directory, "targets.json");
  await writeFile(file, typeof targets === "string" ? targets : JSON.stringify(targets));
  return readWebhookTargets(file);
}

test("reads names, addresses and secrets", async () => {
  const [target, ...others] = await read([{ name: "a-B_1", url, secret, allowedNetworks: ["10.0.0.0/8"] }]);

  expect(target).toMatchObject({ name: "a-B_1", url: new URL(url), secret: Buffer.alloc(24, 9) });
  expect(target?.addresses.allows("10.1.1.1")).toBe(true);
  expect(target?.addresses.allows("127.0.0.1")).toBe(false);
  expect(others).toEqual([]);
});

test.each<[string, unknown]>([
  ["no JSON", "{"],
  ["no list", {}],
  ["an entry that is no object", ["x"]],
  ["no name", [{ url, secret }]],
  ["a name with a colon", [{ name: "a:b", url, secret }]],
  ["a URL of another kind", [{ name: "a", url: "file:///etc/passwd", secret }]],
  ["a URL with a password", [{ name: "a", url: "http://me:hush@example.com/", secret }]],
  ["a short secret", [{ name: "a", url, secret: "whsec_c2hvcnQ=" }]],
  ["a secret without its mark", [{ name: "a", url, secret: secret.slice(6) }]],
  ["a network that is none", [{ name: "a", url, secret, allowedNetworks: ["lan"] }]],
  ["networks that are no list", [{ name: "a", url, secret, allowedNetworks: "10.0.0.0/8" }]],
  ["an unknown field", [{ name: "a", url, secret, network: [] }]],
  ["a name twice", ["1", "2"].map((path) => ({ name: "a", url: `http://example.com/${path}`, secret }))],
])("refuses %s, and shows no value", async (_, targets) => {
  const error = await read(targets).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).not.toMatch(/hush|\n/);
  expect(String(error)).not.toContain(secret.slice(6));
});

test("refuses a file that is not there", () => {
  expect(() => readWebhookTargets(join(directory, "absent.json"))).toThrow(/Cannot read the webhook targets .*ENOENT/);
});
