import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import {
  type ChecksumAlgorithm,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { sampleBytes } from "../support/sample-files.ts";
import { ann, startGateway, type TestGateway } from "../support/start-gateway.ts";

const bucket = "sdk";
const content = sampleBytes({ seed: "aws-sdk", sizeBytes: 300_000 });
const large = sampleBytes({ seed: "aws-sdk large", sizeBytes: 30 * 1024 * 1024 });

describe("the AWS SDK for JavaScript with its default settings", { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let folder: string;
  let s3: S3Client;
  const clients: S3Client[] = [];
  const connect = (config: S3ClientConfig = {}): S3Client => {
    const { accessKeyId, secretAccessKey } = ann;
    const client = new S3Client({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      ...config,
    });
    clients.push(client);
    return client;
  };
  const getBytes = async (key: string, client = s3): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };

  beforeAll(async () => {
    isolateSettings();
    folder = await mkdtemp(join(tmpdir(), "stave-aws-sdk-"));
    gateway = await startGateway();
    s3 = connect();
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  }, 60_000);
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
    vi.unstubAllEnvs();
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("works with the documented lines", async () => {
    const lines = documentedSettings({ client: "AWS SDK for JavaScript", language: "js" }, gateway);
    const script = `import { ListBucketsCommand } from "@aws-sdk/client-s3";
      ${lines}
      console.log((await s3.send(new ListBucketsCommand())).Buckets.map(({ Name }) => Name).join());`;

    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: new URL("../..", import.meta.url),
    });

    expect(stdout).toBe(`${bucket}\n`);
  });

  test("puts the stream of a file with the checksum it adds on its own", async () => {
    const file = join(folder, "content.bin");
    await writeFile(file, content);

    const put = await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: "a b+ü/file", Body: createReadStream(file) }),
    );

    expect(put.ETag).toBe(`"${createHash("md5").update(content).digest("hex")}"`);
    expect(put.ChecksumCRC32).toBeDefined();
    expect(await getBytes("a b+ü/file")).toEqual(content);
  });

  test.each<ChecksumAlgorithm>(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])(
    "puts a stream with a trailing %s, and validates it on the way back",
    async (algorithm) => {
      const address = { Bucket: bucket, Key: `trailing-${algorithm}` };
      const body = Readable.from(blocks(content, 40_000), { objectMode: false });

      const put = await s3.send(
        new PutObjectCommand({
          ...address,
          Body: body,
          ContentLength: content.length,
          ChecksumAlgorithm: algorithm,
        }),
      );
      const got = await s3.send(new GetObjectCommand({ ...address, ChecksumMode: "ENABLED" }));

      expect(got[`Checksum${algorithm}`]).toBe(put[`Checksum${algorithm}`]);
      expect(got[`Checksum${algorithm}`]).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(got.ChecksumType).toBe("FULL_OBJECT");
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(content);
    },
  );

  test("stores nothing of a body that differs from its checksum", async () => {
    const address = { Bucket: bucket, Key: "damaged" };
    const ChecksumSHA256 = createHash("sha256").update("another body").digest("base64");

    const put = s3.send(new PutObjectCommand({ ...address, Body: content, ChecksumSHA256 }));

    await expect(put).rejects.toMatchObject({ name: "BadDigest", $metadata: { httpStatusCode: 400 } });
    await expect(s3.send(new HeadObjectCommand(address))).rejects.toMatchObject({ name: "NotFound" });
  });

  test.each<ChecksumAlgorithm | undefined>([undefined, "CRC64NVME", "SHA256"])(
    "uploads 30 MB of unknown length in parts with checksum %s",
    async (algorithm) => {
      const address = { Bucket: bucket, Key: `parts-${algorithm}` };
      const body = Readable.from(blocks(large, 65_521), { objectMode: false });

      await new Upload({
        client: s3,
        params: { ...address, Body: body, ...(algorithm !== undefined && { ChecksumAlgorithm: algorithm }) },
      }).done();
      const got = await s3.send(new GetObjectCommand({ ...address, ChecksumMode: "ENABLED" }));

      expect(got.ETag).toMatch(/^"[0-9a-f]{32}-6"$/);
      expect(got.ChecksumType).toBe(algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
      expect(got[`Checksum${algorithm ?? "CRC32"}`]).toMatch(
        algorithm === "CRC64NVME" ? /^[A-Za-z0-9+/]{11}=$/ : /^[A-Za-z0-9+/]+=*-6$/,
      );
      expect(large.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    },
  );

  test("presigns addresses that fetch can put to and get from", async () => {
    const address = { Bucket: bucket, Key: "presigned/a b+ü.bin" };
    const putUrl = await getSignedUrl(s3, new PutObjectCommand(address), { expiresIn: 60 });
    const getUrl = await getSignedUrl(s3, new GetObjectCommand(address), { expiresIn: 60 });

    const put = await fetch(putUrl, { method: "PUT", body: new Uint8Array(content) });
    const got = await fetch(getUrl);
    const otherMethod = await fetch(getUrl, { method: "PUT", body: "other" });

    expect(put.status, await put.text()).toBe(200);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(content);
    expect(otherMethod.status).toBe(403);
    expect(await otherMethod.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
  });

  test("addresses a bucket by host name", async () => {
    const httpAgent = new Agent({ lookup: toLoopback, keepAlive: true });
    const virtualHost = connect({
      endpoint: `http://localhost:${gateway.port}`,
      forcePathStyle: false,
      requestHandler: { httpAgent },
    });
    const address = { Bucket: bucket, Key: "by host/a b+ü.bin" };

    await virtualHost.send(new PutObjectCommand({ ...address, Body: content }));
    const url = await getSignedUrl(virtualHost, new GetObjectCommand(address));
    const listed = await virtualHost.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "by host/" }));

    expect(new URL(url).hostname).toBe(`${bucket}.localhost`);
    expect(listed.Contents?.map((object) => object.Key)).toEqual([address.Key]);
    expect(await getBytes(address.Key, virtualHost)).toEqual(content);
    expect(await getBytes(address.Key)).toEqual(content);
  });

  test("works below the path /storage/v1/s3", async () => {
    const mounted = connect({ endpoint: `${gateway.endpoint}/storage/v1/s3` });
    const address = { Bucket: bucket, Key: "mounted/a b+ü.bin" };

    await mounted.send(new PutObjectCommand({ ...address, Body: content }));
    const upload = await new Upload({
      client: mounted,
      params: { Bucket: bucket, Key: "mounted/parts.bin", Body: large.subarray(0, 6 * 1024 * 1024) },
    }).done();
    const presigned = await fetch(await getSignedUrl(mounted, new GetObjectCommand(address)));

    expect(upload.Location).toBe(`${gateway.endpoint}/storage/v1/s3/${bucket}/mounted/parts.bin`);
    expect(Buffer.from(await presigned.arrayBuffer())).toEqual(content);
    expect(await getBytes(address.Key)).toEqual(content);
    expect(large.subarray(0, 6 * 1024 * 1024).equals(await getBytes("mounted/parts.bin", mounted))).toBe(true);
  });

  test("creates an object only where there is none", async () => {
    const address = { Bucket: bucket, Key: "lock" };
    const create = (Body: string) => s3.send(new PutObjectCommand({ ...address, Body, IfNoneMatch: "*" }));
    await create("first");

    await expect(create("second")).rejects.toMatchObject({
      name: "PreconditionFailed",
      $metadata: { httpStatusCode: 412 },
    });

    expect(String(await getBytes("lock"))).toBe("first");
  });

  test("creates an object only once of many at the same time", async () => {
    const create = (n: number) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: "race", Body: `${n}`, IfNoneMatch: "*" }));

    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => create(n)));

    const winners = results.flatMap((result, n) => (result.status === "fulfilled" ? [`${n}`] : []));
    expect(winners).toEqual([String(await getBytes("race"))]);
  });

  test.each([
    { range: "bytes=5-9", first: 5, last: 9 },
    { range: "bytes=299990-", first: 299_990, last: 299_999 },
    { range: "bytes=-7", first: 299_993, last: 299_999 },
    { range: "bytes=0-999999", first: 0, last: 299_999 },
  ])("reads the range $range", async ({ range, first, last }) => {
    const address = { Bucket: bucket, Key: "ranges" };
    await s3.send(new PutObjectCommand({ ...address, Body: content }));

    const got = await s3.send(new GetObjectCommand({ ...address, Range: range }));

    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.ContentRange).toBe(`bytes ${first}-${last}/${content.length}`);
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(content.subarray(first, last + 1));
  });

  test("names what is missing or not satisfiable", async () => {
    const address = { Bucket: bucket, Key: "short" };
    await s3.send(new PutObjectCommand({ ...address, Body: "short" }));

    const missing = new GetObjectCommand({ Bucket: bucket, Key: "missing" });
    await expect(s3.send(missing)).rejects.toMatchObject({ name: "NoSuchKey" });
    const noHead = new HeadObjectCommand({ Bucket: bucket, Key: "missing" });
    await expect(s3.send(noHead)).rejects.toMatchObject({ name: "NotFound" });
    const noBucket = new GetObjectCommand({ Bucket: "no-such-bucket", Key: "short" });
    await expect(s3.send(noBucket)).rejects.toMatchObject({ name: "NoSuchBucket" });
    const beyond = new GetObjectCommand({ ...address, Range: "bytes=5-" });
    await expect(s3.send(beyond)).rejects.toMatchObject({ name: "InvalidRange" });
  });
});

/** The SDK runs in this process: settings of the person at the machine must not reach it. */
function isolateSettings(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", devNull);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", devNull);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
}

function* blocks(bytes: Buffer, sizeBytes: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

/** Not every system resolves names below localhost. */
const toLoopback: LookupFunction = (_hostname, options, done) => {
  if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
  else done(null, "127.0.0.1", 4);
};
