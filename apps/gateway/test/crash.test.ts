import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

const bucket = "survivors";
const writers = 64;
/** For segments and for files of their own; every tenth is a multipart upload. */
const sizes = [0, 100, 4096, 33_000, 200_000, 1_000_000];

test("after kill -9 in the middle of 64 uploads, exactly what was acknowledged is there", async () => {
  const directory = join(await mkdtemp(join(tmpdir(), "stave-crash-")), "data");
  const acknowledged = new Set<string>();
  const attempted = new Set<string>();

  const victim = await startGateway({ dataDirectory: directory });
  await client(victim).send(new CreateBucketCommand({ Bucket: bucket }));
  const writing = Array.from({ length: writers }, (_, writer) =>
    write(client(victim), writer, { acknowledged, attempted }),
  );
  await expect.poll(() => acknowledged.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(300);
  await victim.kill();
  await Promise.all(writing);

  const survivor = await startGateway({ dataDirectory: directory });
  try {
    const s3 = client(survivor);
    const visible = await listKeys(s3);
    expect([...acknowledged].filter((key) => !visible.has(key))).toEqual([]);
    // Committed, but the answer was cut off: that is one request of each writer at the most, and it is whole.
    const unanswered = [...visible].filter((key) => !acknowledged.has(key));
    expect(unanswered.filter((key) => !attempted.has(key))).toEqual([]);
    expect(unanswered.length).toBeLessThanOrEqual(writers);
    for (const key of visible) expect(await digestOf(s3, key), key).toBe(sha256(bodyOf(key)));

    await expect.poll(() => survivor.log(), { timeout: 10_000 }).toContain('"msg":"swept"');
    expect(await filesBelow(join(directory, "blobs"))).toBe([...visible].filter(hasFile).length);
  } finally {
    await survivor.stop();
    await rm(join(directory, ".."), { recursive: true, force: true });
  }
}, 120_000);

function client(gateway: TestGateway): S3Client {
  return new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey },
  });
}

type Progress = { readonly acknowledged: Set<string>; readonly attempted: Set<string> };

/** Uploads one object after another until the server is gone. */
async function write(s3: S3Client, writer: number, { acknowledged, attempted }: Progress): Promise<void> {
  for (let count = 0; ; count += 1) {
    const key = `${writer}/${count}`;
    attempted.add(key);
    try {
      if (isMultipart(key)) await putInParts(s3, key);
      else await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bodyOf(key) }));
    } catch {
      return;
    }
    acknowledged.add(key);
  }
}

async function putInParts(s3: S3Client, key: string): Promise<void> {
  const place = { Bucket: bucket, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  const { ETag } = await s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: bodyOf(key) }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload }));
}

function isMultipart(key: string): boolean {
  return key.endsWith("9");
}

function sizeOf(key: string): number {
  const [writer = 0, count = 0] = key.split("/").map(Number);
  return sizes[(writer + count) % sizes.length] ?? 0;
}

/** The bytes follow from the key, so that any object can be checked without having been kept. */
function bodyOf(key: string): Buffer {
  return Buffer.alloc(sizeOf(key), sha256(Buffer.from(key)));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function listKeys(s3: S3Client): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = "" } of page.Contents ?? []) keys.add(Key);
  }
  return keys;
}

async function digestOf(s3: S3Client, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return sha256((await Body?.transformToByteArray()) ?? new Uint8Array());
}

/** Larger than what shares a segment with others, or a part. */
function hasFile(key: string): boolean {
  return sizeOf(key) > (isMultipart(key) ? 0 : 128 * 1024);
}

async function filesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
