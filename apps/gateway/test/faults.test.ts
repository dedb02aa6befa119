import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { open, readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { findClient } from "./support/find-client.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, objectPath, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { findDisks, mountSmallDisk } from "./support/small-disk.ts";
import { startGateway } from "./support/start-gateway.ts";

const { isMissing } = findDisks();
const prlimit = findClient({ command: "prlimit", probe: ["--version"], install: "util-linux, on Linux" });
const bucket = "photos";
const large = 300_000;

function put(s3: S3Client, key: string, sizeBytes: number): Promise<S3Answer> {
  return s3.call({ method: "PUT", path: objectPath(bucket, key), body: Buffer.alloc(sizeBytes, key) });
}

function get(s3: S3Client, key: string): Promise<S3Answer> {
  return s3.call({ path: objectPath(bucket, key) });
}

async function createBucket(s3: S3Client): Promise<void> {
  expect((await s3.call({ method: "PUT", path: `/${bucket}` })).status).toBe(200);
}

async function putInParts(s3: S3Client, key: string): Promise<S3Answer> {
  const path = objectPath(bucket, key);
  const created = await s3.call({ method: "POST", path, query: { uploads: "" } });
  const uploadId = created.one("UploadId") ?? "";
  const part = await s3.call({
    method: "PUT",
    path,
    query: { partNumber: "1", uploadId },
    body: Buffer.alloc(large, key),
  });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  return await s3.call({ method: "POST", path, query: { uploadId }, body });
}

describe.skipIf(isMissing)("a disk that fails", { timeout: 60_000 }, () => {
  test("full: 507 for what takes space, all else goes on, and deletes make room without a restart", async () => {
    await using disk = await mountSmallDisk(32);
    const gateway = await startGateway({ dataDirectory: disk.directory });
    try {
      const s3 = createS3Client(gateway);
      await createBucket(s3);
      const stored = Array.from({ length: 24 }, (_, at) => `${at}`);
      for (const key of stored) expect((await put(s3, key, large)).status).toBe(200);
      await disk.fill();

      for (const sizeBytes of [20_000, large]) {
        const refused = await put(s3, "new", sizeBytes);
        expect([refused.status, refused.code]).toEqual([507, "InsufficientStorage"]);
      }
      expect((await get(s3, "new")).status).toBe(404);
      for (const key of stored) expect((await get(s3, key)).body.equals(Buffer.alloc(large, key)), key).toBe(true);
      expect((await s3.call({ path: `/${bucket}`, query: { "list-type": "2" } })).all("Key").sort()).toEqual(
        stored.toSorted(),
      );

      for (const key of stored.slice(0, 20)) {
        expect((await s3.call({ method: "DELETE", path: objectPath(bucket, key) })).status, key).toBe(204);
      }
      await vi.waitUntil(async () => (await put(s3, "new", large)).status === 200, { timeout: 15_000, interval: 200 });
      expect((await get(s3, "new")).body.equals(Buffer.alloc(large, "new"))).toBe(true);
      expect(await gateway.stop()).toBe(0);
    } finally {
      await gateway.kill();
    }
  });

  test("read-only: reads and listings go on, writes are 500, and it stops cleanly", async () => {
    await using disk = await mountSmallDisk(48);
    const gateway = await startGateway({ dataDirectory: disk.directory });
    try {
      const s3 = createS3Client(gateway);
      await createBucket(s3);
      await put(s3, "small", 1000);
      await put(s3, "large", large);
      expect((await putInParts(s3, "parts")).status).toBe(200);

      await disk.makeReadOnly();

      const sizes = { small: 1000, large, parts: large };
      for (const [key, sizeBytes] of Object.entries(sizes)) {
        expect((await get(s3, key)).body.equals(Buffer.alloc(sizeBytes, key)), key).toBe(true);
      }
      expect((await s3.call({ path: `/${bucket}` })).all("Key")).toEqual(["large", "parts", "small"]);
      for (const sizeBytes of [1000, large]) {
        const refused = await put(s3, "new", sizeBytes);
        expect([refused.status, refused.code]).toEqual([500, "InternalError"]);
      }
      expect((await s3.call({ method: "DELETE", path: objectPath(bucket, "small") })).status).toBe(500);
      expect(gateway.log()).toContain("read-only");
      expect(await gateway.stop()).toBe(0);
    } finally {
      await gateway.kill();
    }
  });
});

test.skipIf(prlimit.isMissing)(
  "too many open files: 500 as S3 says it, and all goes on when there are some again",
  {
    timeout: 60_000,
  },
  async () => {
    const gateway = await startGateway({ workers: 1 });
    try {
      const s3 = createS3Client(gateway);
      await createBucket(s3);
      await put(s3, "large", large);
      const connection = await openRaw(gateway.port);
      const ask = async (method: string, body = Buffer.alloc(0)) => {
        const wire = await s3.sign({ method, path: objectPath(bucket, "large"), body });
        connection.write(Buffer.concat([requestHead(wire), wire.body]));
        return await connection.answer();
      };
      expect((await ask("GET"))?.status).toBe(200);
      const pid = `${gateway.child.pid}`;
      const limits = execFileSync("prlimit", [
        "--pid",
        pid,
        "--nofile",
        "--noheadings",
        "--raw",
        "--output",
        "SOFT,HARD",
      ]);
      const [soft = "", hard = ""] = limits.toString().trim().split(/\s+/);

      execFileSync("prlimit", ["--pid", pid, `--nofile=3:${hard}`]);
      for (const [method, body] of [["GET"], ["PUT", Buffer.alloc(large, "other")]] as const) {
        const refused = await ask(method, body);
        expect([refused?.status, refused?.code], method).toEqual([500, "InternalError"]);
      }
      execFileSync("prlimit", ["--pid", pid, `--nofile=${soft}:${hard}`]);

      expect((await ask("GET"))?.body.equals(Buffer.alloc(large, "large"))).toBe(true);
      expect((await put(s3, "new", large)).status).toBe(200);
      expect(gateway.log()).toContain("too many files are open");
      connection.destroy();
      expect(await gateway.stop()).toBe(0);
    } finally {
      await gateway.kill();
    }
  },
);

test("damaged bytes are never sent: 500, or a connection that is cut before them", { timeout: 60_000 }, async () => {
  const gateway = await startGateway();
  try {
    const s3 = createS3Client(gateway);
    await createBucket(s3);
    const sizeBytes = 4 * 2 ** 20;
    await put(s3, "a", 1000);
    await put(s3, "large", sizeBytes);
    for (const path of await filesBelow(join(gateway.dataDirectory, "segments"))) await damage(path, "aaaa", 100);
    for (const path of await filesBelow(join(gateway.dataDirectory, "blobs")))
      await damage(path, "elarg", sizeBytes - 10);

    const small = await get(s3, "a");
    expect([small.status, small.code]).toEqual([500, "InternalError"]);
    expect((await s3.call({ method: "HEAD", path: objectPath(bucket, "a") })).status).toBe(200);
    const copied = await s3.call({
      method: "PUT",
      path: objectPath(bucket, "copy"),
      headers: { "x-amz-copy-source": `/${bucket}/a` },
    });
    expect([copied.status, copied.code]).toEqual([500, "InternalError"]);

    const { received, isComplete } = await download(s3, "large");
    expect(isComplete).toBe(false);
    expect(received.equals(Buffer.alloc(sizeBytes, "large").subarray(0, received.length))).toBe(true);
    const range = await s3.call({ path: objectPath(bucket, "large"), headers: { range: "bytes=0-99" } });
    expect([range.status, range.body.length]).toEqual([206, 100]);
    expect(await gateway.stop()).toBe(0);
  } finally {
    await gateway.kill();
  }
});

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Changes a byte behind the place where the text is found from the position on. */
async function damage(path: string, text: string, position: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const bytes = await file.readFile();
    const at = bytes.indexOf(text, Math.max(0, position - 20));
    if (at === -1) return;
    await file.write(Buffer.from("!"), 0, 1, at + 2);
  } finally {
    await file.close();
  }
}

async function download(
  s3: S3Client,
  key: string,
): Promise<{ readonly received: Buffer; readonly isComplete: boolean }> {
  const { method, target, headers } = await s3.sign({ path: objectPath(bucket, key) });
  const message = httpRequest({ host: "127.0.0.1", port: s3.port, method, path: target, headers }).end();
  const [response] = await once(message, "response");
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk);
    return { received: Buffer.concat(chunks), isComplete: true };
  } catch {
    return { received: Buffer.concat(chunks), isComplete: false };
  }
}
