import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { gatewayMain, startGateway } from "./support/start-gateway.ts";

const managed = { "x-amz-server-side-encryption": "AES256" };
const secret = "bytes that must not be found. ";
const customer = customerKey();
const objects: readonly [path: string, headers: Record<string, string>, body: Buffer][] = [
  ["/vault/small", managed, Buffer.alloc(1000, secret)],
  ["/vault/large", managed, Buffer.alloc(700_000, secret)],
  ["/vault/small-of-customer", customer, Buffer.alloc(1000, secret)],
  ["/vault/large-of-customer", customer, Buffer.alloc(700_000, secret)],
];

/** Each test starts the server several times. */
const timeoutMs = 60_000;

let scratch = "";

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-encryption-"));
  return () => rm(scratch, { recursive: true, force: true });
});

test(
  "security S25: what is said to be encrypted is, on the disk, in every file, and in a snapshot",
  async () => {
    const dataDirectory = join(scratch, "data");
    const snapshot = join(scratch, "snapshot");
    const gateway = await startGateway({ dataDirectory });
    await putObjects(createS3Client(gateway));
    await readObjects(createS3Client(gateway));
    expect(await gateway.stop()).toBe(0);

    const taken = run("snapshot", "--data-dir", dataDirectory, "--to", snapshot);
    const checked = run("check", "--data-dir", dataDirectory);

    expect([taken.status, checked.status]).toEqual([0, 0]);
    for (const directory of [dataDirectory, snapshot]) {
      expect(await filesWith(directory, secret.slice(0, 8))).toEqual([]);
      expect(await filesWith(directory, customer["x-amz-server-side-encryption-customer-key"] ?? "-")).toEqual([]);
      const again = await startGateway({ dataDirectory: directory, workers: 1 });
      await readObjects(createS3Client(again));
      await again.stop();
    }
  },
  timeoutMs,
);

test(
  "a start without the key that objects need is refused, says what would be lost, and changes nothing",
  async () => {
    const dataDirectory = join(scratch, "data");
    const gateway = await startGateway({ dataDirectory });
    await putObjects(createS3Client(gateway));
    await gateway.stop();
    const file = join(dataDirectory, "encryption_key");
    const kept = join(scratch, "kept_key");
    await rename(file, kept);

    const refused = run("--data-dir", dataDirectory, "--port", "0", "--admin-port", "0");

    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /The key file .*encryption_key is missing, and the database holds secrets .*Restore/,
    );
    expect((await readdir(dataDirectory)).filter((name) => name.startsWith("encryption"))).toEqual([]);
    const again = await startGateway({ dataDirectory, workers: 1, args: ["--encryption-key-file", kept] });
    await readObjects(createS3Client(again));
    await again.stop();
  },
  timeoutMs,
);

async function putObjects(s3: S3Client): Promise<void> {
  await s3.call({ method: "PUT", path: "/vault" });
  for (const [path, headers, body] of objects) {
    expect((await s3.call({ method: "PUT", path, headers, body })).status).toBe(200);
  }
}

async function readObjects(s3: S3Client): Promise<void> {
  for (const [path, headers, body] of objects) {
    const read = await s3.call({ path, headers: headers === managed ? {} : headers });
    expect([path, read.status, read.body.equals(body)]).toEqual([path, 200, true]);
  }
}

function run(...args: readonly string[]) {
  return spawnSync(process.execPath, [gatewayMain, ...args], { encoding: "utf8", timeout: 30_000 });
}

async function filesWith(directory: string, text: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const file = join(entry.parentPath, entry.name);
    if ((await readFile(file)).includes(text)) found.push(file);
  }
  return found;
}

function customerKey(): Record<string, string> {
  const key = Buffer.alloc(32, "the key of a customer");
  return {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": key.toString("base64"),
    "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(key).digest("base64"),
  };
}
