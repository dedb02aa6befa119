import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { Client, CopyDestinationOptions, CopySourceOptions } from "minio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { digestFile, sampleBytes } from "../support/sample-files.ts";
import { ann, startGateway, type TestGateway } from "../support/start-gateway.ts";

const bucket = "minio";
const content = sampleBytes({ seed: "minio-js", sizeBytes: 300_000 });
const large = sampleBytes({ seed: "minio-js large", sizeBytes: 70 * 1024 * 1024 }); // more than one of its parts

describe("minio-js with its default settings", { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let folder: string;
  let client: Client;
  const getBytes = async (key: string): Promise<Buffer> => buffer(await client.getObject(bucket, key));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stave-minio-js-"));
    gateway = await startGateway();
    const { port } = gateway;
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = ann;
    client = new Client({ endPoint: "127.0.0.1", port, useSSL: false, accessKey, secretKey });
    await client.makeBucket(bucket);
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("works with the documented lines", async () => {
    const lines = documentedSettings({ client: "minio-js", language: "js" }, gateway);
    const script = `${lines}\nconsole.log(await client.bucketExists(${JSON.stringify(bucket)}));`;

    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: new URL("../..", import.meta.url),
    });

    expect(stdout).toBe("true\n");
  });

  test("makes a bucket once, lists it and says what is not there", async () => {
    await expect(client.makeBucket(bucket)).rejects.toMatchObject({ code: "BucketAlreadyOwnedByYou" });
    await expect(client.statObject(bucket, "nothing here")).rejects.toMatchObject({ code: "NotFound" });
    await expect(client.getObject(bucket, "nothing here")).rejects.toMatchObject({ code: "NoSuchKey" });

    expect((await client.listBuckets()).map(({ name }) => name)).toContain(bucket);
    expect(await client.bucketExists("absent")).toBe(false);
  });

  test("puts a buffer with its metadata, and gets it whole or in part", async () => {
    const key = "a b+ü%20/file?.bin";

    const { etag } = await client.putObject(bucket, key, content, content.length, {
      "Content-Type": "application/x-sample",
      "X-Amz-Meta-Colour": "dark green",
    });
    const stat = await client.statObject(bucket, key);
    const part = await buffer(await client.getPartialObject(bucket, key, 1000, 5000));

    expect(etag).toBe(createHash("md5").update(content).digest("hex"));
    expect(stat).toMatchObject({ size: content.length, etag });
    expect(stat.metaData).toMatchObject({ "content-type": "application/x-sample", colour: "dark green" });
    expect(part.equals(content.subarray(1000, 6000))).toBe(true);
    expect((await getBytes(key)).equals(content)).toBe(true);
  });

  test("puts a large file in parts and gets it as a file", async () => {
    const [file, returned] = [join(folder, "large.bin"), join(folder, "returned.bin")];
    await writeFile(file, large);

    const { etag } = await client.fPutObject(bucket, "large.bin", file);
    await client.fGetObject(bucket, "large.bin", returned);

    expect(etag).toMatch(/^[0-9a-f]{32}-2$/);
    expect(await digestFile(returned)).toBe(await digestFile(file));
  });

  test("puts streams of known and unknown length", async () => {
    await client.putObject(bucket, "known", Readable.from(blocks(large), { objectMode: false }), large.length);
    await client.putObject(bucket, "unknown", Readable.from(blocks(content), { objectMode: false }));

    expect((await getBytes("known")).equals(large)).toBe(true);
    expect((await getBytes("unknown")).equals(content)).toBe(true);
  });

  test("lists all pages, flat and by folder, with both versions of the call", async () => {
    const names = Array.from({ length: 1100 }, (_, n) => `list/${n % 2 === 0 ? "even" : "odd"}/${n}`);
    for (let n = 0; n < names.length; n += 20) {
      await Promise.all(names.slice(n, n + 20).map((name) => client.putObject(bucket, name, name)));
    }

    const flat = await collect(client.listObjectsV2(bucket, "list/", true));
    const old = await collect(client.listObjects(bucket, "list/", true));
    const folders = await collect(client.listObjectsV2(bucket, "list/", false));

    expect(flat.map(({ name }) => name)).toEqual(names.toSorted());
    expect(old.map(({ name }) => name)).toEqual(names.toSorted());
    expect(folders.map(({ prefix }) => prefix)).toEqual(["list/even/", "list/odd/"]);
  });

  test("copies on the server, and composes one object of several", async () => {
    await client.putObject(bucket, "source.bin", large.subarray(0, 6_000_000));
    await client.putObject(bucket, "tail.bin", content);
    const source = (key: string) => new CopySourceOptions({ Bucket: bucket, Object: key });

    await client.copyObject(
      source("source.bin"),
      new CopyDestinationOptions({ Bucket: bucket, Object: "copy é+.bin" }),
    );
    await client.composeObject(new CopyDestinationOptions({ Bucket: bucket, Object: "composed" }), [
      source("source.bin"),
      source("tail.bin"),
    ]);

    const first = large.subarray(0, 6_000_000);
    expect((await getBytes("copy é+.bin")).equals(first)).toBe(true);
    expect((await getBytes("composed")).equals(Buffer.concat([first, content]))).toBe(true);
  });

  test("presigns addresses that fetch can put to and get from", async () => {
    const key = "presigned/a b+ü.bin";
    const put = await fetch(await client.presignedPutObject(bucket, key, 60), {
      method: "PUT",
      body: new Uint8Array(content),
    });
    const got = await fetch(
      await client.presignedGetObject(bucket, key, 60, { "response-content-disposition": "attachment" }),
    );

    expect(put.status, await put.text()).toBe(200);
    expect(got.headers.get("content-disposition")).toBe("attachment");
    expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true);
  });

  test("finds and removes an upload that was left", async () => {
    const uploadId = await client.initiateNewMultipartUpload(bucket, "left/upload.bin", {});

    const before = await collect(client.listIncompleteUploads(bucket, "left/", true));
    await client.removeIncompleteUpload(bucket, "left/upload.bin");
    const after = await collect(client.listIncompleteUploads(bucket, "left/", true));

    expect(before).toMatchObject([{ key: "left/upload.bin", uploadId }]);
    expect(after).toEqual([]);
  });

  test("removes many objects at once, and then the bucket", async () => {
    await client.makeBucket("doomed");
    const names = ["plain", "a b", "<&>\"'", "日本"];
    for (const name of names) await client.putObject("doomed", name, content);

    const errors = await client.removeObjects("doomed", names);
    await client.removeBucket("doomed");

    expect(errors).toEqual([]);
    expect(await client.bucketExists("doomed")).toBe(false);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function* blocks(from: Buffer): Generator<Buffer> {
  for (let at = 0; at < from.length; at += 65_521) yield from.subarray(at, at + 65_521);
}
