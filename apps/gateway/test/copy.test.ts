import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Client } from "./support/s3-client.ts";
import { bob } from "./support/start-gateway.ts";

const body = "The quick brown fox";
const etag = `"${md5(body)}"`;

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  for (const path of ["/from", "/dest"]) await s3.call({ method: "PUT", path });
  await s3.call({ method: "PUT", path: "/of-bob", account: bob });
  await s3.call({ method: "PUT", path: "/of-bob/k", account: bob, body: "secret of bob" });
  const headers = { "content-type": "text/plain", "x-amz-meta-a": "1", "x-amz-checksum-crc32": crc32Base64(body) };
  await s3.call({ method: "PUT", path: "/from/k", body, headers });
});
afterAll(() => gateway.close());

function copy(source: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  return s3.call({ method: "PUT", path, headers: { "x-amz-copy-source": source, ...headers } });
}

describe("CopyObject", () => {
  test("takes bytes, headers, metadata and checksum along", async () => {
    const answer = await copy("/from/k", "/dest/k", { "content-type": "ignored/by-default", "x-amz-meta-b": "2" });

    const got = await s3.call({ path: "/dest/k", headers: { "x-amz-checksum-mode": "ENABLED" } });
    expect([answer.status, answer.one("ETag"), answer.one("ChecksumCRC32")]).toEqual([200, etag, crc32Base64(body)]);
    expect(answer.one("LastModified")).toMatch(/Z$/);
    expect(got.text).toBe(body);
    expect(got.headers).toMatchObject({ "content-type": "text/plain", "x-amz-meta-a": "1", etag });
    expect(got.headers).toMatchObject({ "x-amz-checksum-crc32": crc32Base64(body) });
    expect(got.headers["x-amz-meta-b"]).toBeUndefined();
  });

  test("replaces headers and metadata when told to", async () => {
    await copy("from/k", "/dest/replaced", { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2" });

    const { headers } = await s3.call({ path: "/dest/replaced" });
    expect(headers).toMatchObject({ "content-type": "binary/octet-stream", "x-amz-meta-b": "2" });
    expect(headers["x-amz-meta-a"]).toBeUndefined();
  });

  test("onto itself needs something to change", async () => {
    await s3.call({ method: "PUT", path: "/dest/self", body });

    const same = await copy("/dest/self", "/dest/self");
    const replaced = await copy("/dest/self", "/dest/self", {
      "x-amz-metadata-directive": "REPLACE",
      "x-amz-meta-c": "3",
    });

    expect([same.status, same.code]).toEqual([400, "InvalidRequest"]);
    expect(replaced.status).toBe(200);
    expect((await s3.call({ path: "/dest/self" })).headers["x-amz-meta-c"]).toBe("3");
  });

  test("of a multipart object is an object in one piece, with a plain MD5 as its ETag", async () => {
    await multipart("/from/multipart", { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "COMPOSITE" });

    const answer = await copy("/from/multipart", "/dest/one-piece");
    const head = await s3.call({ method: "HEAD", path: "/dest/one-piece", query: { partNumber: "1" } });
    const asked = await s3.call({ path: "/dest/one-piece", headers: { "x-amz-checksum-mode": "ENABLED" } });

    expect(answer.one("ETag")).toBe(etag);
    expect(head.headers["x-amz-mp-parts-count"]).toBeUndefined();
    expect(asked.headers).toMatchObject({
      etag,
      "x-amz-checksum-crc32": crc32Base64(body),
      "x-amz-checksum-type": "FULL_OBJECT",
    });
    expect(asked.text).toBe(body);
  });

  test("computes the checksum that is asked for", async () => {
    const answer = await copy("/from/k", "/dest/sum", { "x-amz-checksum-algorithm": "CRC64NVME" });

    expect(answer.one("ChecksumCRC64NVME")).toMatch(/^[\w+/]{11}=$/);
    expect((await copy("/from/k", "/dest/sum", { "x-amz-checksum-algorithm": "MD4" })).code).toBe("InvalidRequest");
  });

  test.each([
    ["an absent key", "/from/absent", {}, 404, "NoSuchKey"],
    ["an absent bucket", "/absent/k", {}, 404, "NoSuchBucket"],
    ["an absent version", "/from/k?versionId=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", {}, 404, "NoSuchVersion"],
    ["no key", "/from", {}, 400, "InvalidArgument"],
    ["a broken escape", "/from/%zz", {}, 400, "InvalidArgument"],
    ["an unknown metadata directive", "/from/k", { "x-amz-metadata-directive": "MOVE" }, 400, "InvalidArgument"],
    ["If-Match on nothing", "/from/k", { "if-match": etag }, 404, "NoSuchKey"],
    [
      "another owner of the source",
      "/from/k",
      { "x-amz-source-expected-bucket-owner": "b".repeat(64) },
      403,
      "AccessDenied",
    ],
    ["somebody else's object", "/of-bob/k", {}, 403, "AccessDenied"],
    ["a source that was modified", "/from/k", { "x-amz-copy-source-if-none-match": etag }, 412, "PreconditionFailed"],
    ["a source that differs", "/from/k", { "x-amz-copy-source-if-match": "x" }, 412, "PreconditionFailed"],
  ])("refuses %s and writes nothing", async (_, source, headers, status, code) => {
    for (const path of ["/dest/refused"]) {
      const answer = await copy(source, path, headers);

      expect([answer.status, answer.code]).toEqual([status, code]);
      expect((await s3.call({ path })).code).toBe("NoSuchKey");
    }
  });

  test("refuses a source that is not newer, and writes nothing", async () => {
    const { headers } = await s3.call({ path: "/from/k" });
    const modified = { "x-amz-copy-source-if-modified-since": headers["last-modified"] ?? "" };

    const answer = await copy("/from/k", "/dest/refused", modified);

    expect([answer.status, answer.code]).toEqual([412, "PreconditionFailed"]);
    expect((await s3.call({ path: "/dest/refused" })).code).toBe("NoSuchKey");
  });

  test("If-None-Match decides about the destination", async () => {
    await s3.call({ method: "PUT", path: "/dest/taken", body: "old" });

    const answer = await copy("/from/k", "/dest/taken", { "if-none-match": "*" });

    expect([answer.status, answer.one("Condition")]).toEqual([412, "If-None-Match"]);
    expect((await s3.call({ path: "/dest/taken" })).text).toBe("old");
  });

  test("by a presigned URL that carries the source in its query is refused, not taken for an empty upload", async () => {
    await s3.call({ method: "PUT", path: "/dest/precious", body: "precious" });

    const url = await s3.presign({ method: "PUT", path: "/dest/precious", query: { "x-amz-copy-source": "/from/k" } });
    const answer = await s3.send(url);

    expect([answer.status, answer.code]).toEqual([501, "NotImplemented"]);
    expect((await s3.call({ path: "/dest/precious" })).text).toBe("precious");
  });
});

describe("UploadPartCopy", () => {
  test("makes parts of whole objects and of ranges", async () => {
    const uploadId = await begin("/dest/parts");
    const query = { uploadId, partNumber: "1" };

    const ranged = await s3.call({
      method: "PUT",
      path: "/dest/parts",
      query,
      headers: { "x-amz-copy-source": "/from/k", "x-amz-copy-source-range": "bytes=4-8" },
    });
    await finish("/dest/parts", uploadId, ranged.one("ETag") ?? "");

    expect([ranged.status, ranged.one("ETag")]).toEqual([200, `"${md5("quick")}"`]);
    expect(ranged.text).toContain("<CopyPartResult");
    expect((await s3.call({ path: "/dest/parts" })).text).toBe("quick");
  });

  test.each([
    ["bytes=0-", "/from/k", 400, "InvalidArgument"],
    ["bytes=-5", "/from/k", 400, "InvalidArgument"],
    ["bytes=5-4", "/from/k", 400, "InvalidArgument"],
    ["bytes=0-19", "/from/k", 400, "InvalidArgument"],
    ["0-5", "/from/k", 400, "InvalidArgument"],
    ["bytes=0-1", "/from/absent", 404, "NoSuchKey"],
    ["bytes=0-1", "/of-bob/k", 403, "AccessDenied"],
  ])("refuses %s of %s, and no part is kept", async (range, source, status, code) => {
    const uploadId = await begin("/dest/refused-part");

    const answer = await s3.call({
      method: "PUT",
      path: "/dest/refused-part",
      query: { uploadId, partNumber: "1" },
      headers: { "x-amz-copy-source": source, "x-amz-copy-source-range": range },
    });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await s3.call({ path: "/dest/refused-part", query: { uploadId } })).all("PartNumber")).toEqual([]);
  });
});

test("security S20: a copy reads its source with the same rights as GetObject", async () => {
  const uploadId = await begin("/dest/stolen");
  const headers = { "x-amz-copy-source": "/of-bob/k" };

  const whole = await s3.call({ method: "PUT", path: "/dest/stolen", headers });
  const part = await s3.call({ method: "PUT", path: "/dest/stolen", query: { uploadId, partNumber: "1" }, headers });

  expect([whole.status, part.status]).toEqual([403, 403]);
  expect(whole.text + part.text).not.toContain("secret of bob");
  expect((await s3.call({ path: "/dest/stolen" })).code).toBe("NoSuchKey");
  expect((await s3.call({ path: "/dest/stolen", query: { uploadId } })).all("PartNumber")).toEqual([]);
});

async function begin(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await s3.call({ method: "POST", path, query: { uploads: "" }, headers })).one("UploadId") ?? "";
}

async function finish(path: string, uploadId: string, partEtag: string, rest = ""): Promise<void> {
  const part = `<Part><PartNumber>1</PartNumber><ETag>${partEtag}</ETag>${rest}</Part>`;
  const xml = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
  const answer = await s3.call({ method: "POST", path, query: { uploadId }, body: xml });
  expect(answer.status).toBe(200);
}

async function multipart(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const uploadId = await begin(path, headers);
  const part = await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "1" }, body });
  await finish(path, uploadId, part.headers.etag ?? "", `<ChecksumCRC32>${crc32Base64(body)}</ChecksumCRC32>`);
}
