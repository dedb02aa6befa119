import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Client, streamingModes } from "./support/s3-client.ts";
import { ann } from "./support/start-gateway.ts";

const body = "The quick brown fox jumps over the lazy dog";
const etag = `"${md5(body)}"`;
const sha256 = createHash("sha256").update(body).digest("base64");

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
});
afterAll(() => gateway.close());

describe("PutObject and GetObject", () => {
  test.each([...streamingModes, "UNSIGNED-PAYLOAD", undefined])("keep every byte, sent as %s", async (payload) => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 31) % 256));

    const put = await s3.call({ method: "PUT", path: "/photos/modes", body: bytes, ...(payload && { payload }) });
    const got = await s3.call({ path: "/photos/modes" });

    expect([put.status, put.headers.etag, put.text]).toEqual([200, `"${md5(bytes)}"`, ""]);
    expect(got.status).toBe(200);
    expect(got.body.equals(bytes)).toBe(true);
    expect(got.headers["content-encoding"]).toBeUndefined();
  });

  test.each([...streamingModes, "UNSIGNED-PAYLOAD", undefined])("keep an empty object, sent as %s", async (payload) => {
    const put = await s3.call({ method: "PUT", path: "/photos/empty", ...(payload && { payload }) });
    const got = await s3.call({ path: "/photos/empty" });

    expect([put.status, put.headers.etag]).toEqual([200, '"d41d8cd98f00b204e9800998ecf8427e"']);
    expect([got.status, got.headers["content-length"], got.body.length]).toEqual([200, "0", 0]);
  });

  test("give back what came along, byte for byte", async () => {
    const utf8 = Buffer.from("é 日本").toString("latin1");
    const headers = {
      "cache-control": "max-age=5",
      "content-disposition": "attachment",
      "content-encoding": "gzip",
      "content-language": "de",
      "content-type": "text/plain; charset=utf-8",
      expires: "soon",
      "x-amz-meta-empty": "",
      "x-amz-meta-name": "a, b",
      "x-amz-meta-x-stave-internal": "1",
    };
    const signed = await s3.sign({ method: "PUT", path: "/photos/meta", headers, body });
    await s3.send(signed);
    await s3.send(await s3.presign({ method: "PUT", path: "/photos/utf8", query: { "x-amz-meta-name": "é 日本" } }));

    const got = await s3.call({ path: "/photos/meta" });
    const head = await s3.call({ method: "HEAD", path: "/photos/meta" });
    const hoisted = await s3.call({ path: "/photos/utf8" });

    expect(got.headers).toMatchObject(headers);
    expect(head.headers).toMatchObject({ ...headers, "content-length": String(body.length), etag });
    expect(hoisted.headers["x-amz-meta-name"]).toBe(utf8);
  });

  test("without a content type have AWS's default", async () => {
    await s3.call({ method: "PUT", path: "/photos/untyped", body });

    const got = await s3.call({ path: "/photos/untyped" });

    expect(got.headers).toMatchObject({ "content-type": "binary/octet-stream", "accept-ranges": "bytes", etag });
    expect(got.headers["last-modified"]).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(got.headers["x-amz-version-id"]).toBeUndefined();
  });

  test("a header of an internal kind is neither stored nor given back", async () => {
    const headers = { "x-stave-owner": "bob", "x-minio-replication-status": "x", "x-amz-userid": "bob" };
    await s3.call({ method: "PUT", path: "/photos/internal", body, headers });

    const got = await s3.call({ path: "/photos/internal" });

    expect(Object.keys(got.headers).filter((name) => name in headers)).toEqual([]);
  });

  test("metadata over 2 KiB is refused", async () => {
    const headers = { "x-amz-meta-a": "v".repeat(2048) };

    const answer = await s3.call({ method: "PUT", path: "/photos/large-meta", headers, body });

    expect([answer.status, answer.code, answer.one("Size")]).toEqual([400, "MetadataTooLarge", "2049"]);
    expect((await s3.call({ path: "/photos/large-meta" })).code).toBe("NoSuchKey");
  });

  test("metadata that no header can carry is refused", async () => {
    const query = { "x-amz-meta-a": "line\r\nset-cookie: x=1" };

    const answer = await s3.send(await s3.presign({ method: "PUT", path: "/photos/injected", query }));

    expect([answer.status, answer.code]).toEqual([400, "InvalidArgument"]);
    expect((await s3.call({ path: "/photos/injected" })).code).toBe("NoSuchKey");
  });
});

describe("refusals of PutObject", () => {
  test.each<[string, Record<string, string>, number, string]>([
    ["a Content-MD5 that cannot be one", { "content-md5": "abc" }, 400, "InvalidDigest"],
    ["an empty Content-MD5", { "content-md5": "" }, 400, "InvalidDigest"],
    ["a Content-MD5 of other bytes", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }, 400, "BadDigest"],
    ["a CRC32 of other bytes", { "x-amz-checksum-crc32": "AAAAAA==" }, 400, "BadDigest"],
    ["a checksum that cannot be one", { "x-amz-checksum-crc32": "AAAA" }, 400, "InvalidRequest"],
    [
      "two checksums",
      { "x-amz-checksum-crc32": crc32Base64(body), "x-amz-checksum-sha256": sha256 },
      400,
      "InvalidRequest",
    ],
    ["an unknown algorithm", { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" }, 400, "InvalidRequest"],
    ["an announced checksum that does not come", { "x-amz-sdk-checksum-algorithm": "CRC32" }, 400, "InvalidRequest"],
    ["a trailer without a place for it", { "x-amz-trailer": "x-amz-checksum-crc32" }, 400, "InvalidRequest"],
    ["encryption with a KMS key", { "x-amz-server-side-encryption": "aws:kms" }, 501, "NotImplemented"],
    ["a tag twice", { "x-amz-tagging": "a=b&a=c" }, 400, "InvalidArgument"],
    ["a lock on a bucket without locks", { "x-amz-object-lock-legal-hold": "ON" }, 400, "InvalidRequest"],
    ["an archive class", { "x-amz-storage-class": "GLACIER" }, 400, "InvalidStorageClass"],
    ["an ACL that there is not", { "x-amz-acl": "everybody" }, 400, "InvalidArgument"],
    ["a grant to nobody", { "x-amz-grant-read": "id=nobody" }, 400, "InvalidArgument"],
    ["two kinds of ACL", { "x-amz-acl": "private", "x-amz-grant-read": `id=${ann.id}` }, 400, "InvalidRequest"],
    ["If-Match on nothing", { "if-match": etag }, 404, "NoSuchKey"],
    ["another owner", { "x-amz-expected-bucket-owner": "b".repeat(64) }, 403, "AccessDenied"],
  ])("%s", async (_, headers, status, code) => {
    const answer = await s3.call({ method: "PUT", path: "/photos/refused", headers, body });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await s3.call({ path: "/photos/refused" })).code).toBe("NoSuchKey");
  });

  test("a header named like a property of every object does no harm", async () => {
    const headers = { constructor: "1", ["__proto__"]: "1", "x-amz-meta-constructor": "2" };

    const answer = await s3.call({ method: "PUT", path: "/photos/names", headers, body });

    expect(answer.status).toBe(200);
    expect((await s3.call({ path: "/photos/names" })).headers["x-amz-meta-constructor"]).toBe("2");
  });

  test("the expected owner may be named", async () => {
    const headers = { "x-amz-expected-bucket-owner": "a".repeat(64) };

    expect((await s3.call({ method: "PUT", path: "/photos/owned", headers, body })).status).toBe(200);
  });
});

describe("checksums", () => {
  test.each([
    ["crc32", crc32Base64(body)],
    ["sha256", sha256],
    ["sha1", createHash("sha1").update(body).digest("base64")],
  ])("%s is verified, kept, and told only to those who ask", async (name, value) => {
    const header = `x-amz-checksum-${name}`;
    const put = await s3.call({ method: "PUT", path: "/photos/sum", body, headers: { [header]: value } });

    const plain = await s3.call({ path: "/photos/sum" });
    const asked = await s3.call({ path: "/photos/sum", headers: { "x-amz-checksum-mode": "ENABLED" } });
    const head = await s3.call({ method: "HEAD", path: "/photos/sum", headers: { "x-amz-checksum-mode": "enabled" } });
    const range = await s3.call({
      path: "/photos/sum",
      headers: { "x-amz-checksum-mode": "ENABLED" },
      unsignedHeaders: { range: "bytes=0-3" },
    });

    const told = { [header]: value, "x-amz-checksum-type": "FULL_OBJECT" };
    expect(put.headers).toMatchObject(told);
    expect(plain.headers[header]).toBeUndefined();
    expect(asked.headers).toMatchObject(told);
    expect(head.headers).toMatchObject(told);
    expect([range.status, range.headers[header]]).toEqual([206, undefined]);
  });

  test("a presigner's checksum of an empty body is not held against the body", async () => {
    const query = { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32" };
    const signed = await s3.presign({ method: "PUT", path: "/photos/presigned", query });

    const answer = await s3.send({ ...signed, body: Buffer.from(body) });

    expect(answer.status).toBe(200);
    expect((await s3.call({ path: "/photos/presigned" })).text).toBe(body);
  });

  test("a Content-MD5 that comes with a presigned body is verified", async () => {
    const signed = await s3.presign({ method: "PUT", path: "/photos/presigned-md5" });
    const headers = { ...signed.headers, "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" };

    const answer = await s3.send({ ...signed, headers, body: Buffer.from(body) });

    expect([answer.status, answer.code]).toEqual([400, "BadDigest"]);
    expect((await s3.call({ path: "/photos/presigned-md5" })).code).toBe("NoSuchKey");
  });
});

describe("Range", () => {
  beforeAll(() => s3.call({ method: "PUT", path: "/photos/range", body: "0123456789" }));

  test.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=5-", 206, "56789", "bytes 5-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=5-4", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("%s is %i %j", async (range, status, expected, contentRange) => {
    const got = await s3.call({ path: "/photos/range", headers: { range } });
    const head = await s3.call({ method: "HEAD", path: "/photos/range", headers: { range } });

    expect([got.status, got.text, got.headers["content-range"]]).toEqual([status, expected, contentRange]);
    expect(got.headers.etag).toBe(`"${md5("0123456789")}"`);
    expect([head.status, head.headers["content-length"], head.headers["content-range"], head.body.length]).toEqual([
      status,
      String(expected.length),
      contentRange,
      0,
    ]);
  });

  test.each([["bytes=10-"], ["bytes=-0"]])("%s is 416 and says how long the object is", async (range) => {
    const got = await s3.call({ path: "/photos/range", headers: { range } });
    const head = await s3.call({ method: "HEAD", path: "/photos/range", headers: { range } });

    expect([got.status, got.code, got.headers["content-range"]]).toEqual([416, "InvalidRange", "bytes */10"]);
    expect([got.one("RangeRequested"), got.one("ActualObjectSize")]).toEqual([range, "10"]);
    expect([head.status, head.headers["content-range"], head.body.length]).toEqual([416, "bytes */10", 0]);
  });

  test.each([
    [`"${md5("0123456789")}"`, 206],
    ['"other"', 200],
    ["Sat, 01 Jan 2000 00:00:00 GMT", 200],
  ])("If-Range: %s is %i", async (ifRange, status) => {
    const answer = await s3.call({ path: "/photos/range", headers: { range: "bytes=0-1", "if-range": ifRange } });

    expect(answer.status).toBe(status);
  });

  test.each([
    ["1", 206, undefined],
    ["2", 416, "InvalidPartNumber"],
    ["0", 400, "InvalidArgument"],
    ["10001", 400, "InvalidArgument"],
    ["x", 400, "InvalidArgument"],
  ])("part %s of an object in one piece is %i %s", async (partNumber, status, code) => {
    const answer = await s3.call({ path: "/photos/range", query: { partNumber } });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.headers["x-amz-mp-parts-count"]).toBeUndefined();
  });

  test("a range and a part are too much", async () => {
    const answer = await s3.call({
      path: "/photos/range",
      query: { partNumber: "1" },
      headers: { range: "bytes=0-1" },
    });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });
});

describe("conditions of reads", () => {
  beforeAll(() =>
    s3.call({ method: "PUT", path: "/photos/condition", body, headers: { "cache-control": "no-cache" } }),
  );

  test.each(["GET", "HEAD"])("%s answers 304 without a body, with the headers of a cache", async (method) => {
    const answer = await s3.call({ method, path: "/photos/condition", headers: { "if-none-match": etag } });

    expect([answer.status, answer.body.length]).toEqual([304, 0]);
    expect(answer.headers).toMatchObject({ etag, "cache-control": "no-cache", "last-modified": expect.any(String) });
    expect(answer.headers["x-amz-request-id"]).toBeDefined();
    expect(answer.headers["content-type"]).toBeUndefined();
    expect(answer.headers["content-length"]).toBeUndefined();
  });

  test.each([
    [{ "if-match": '"other"' }, "If-Match"],
    [{ "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" }, "If-Unmodified-Since"],
    [{ "if-match": '"other"', range: "bytes=999-" }, "If-Match"],
  ])("%j is 412 and names the condition", async (headers, condition) => {
    const got = await s3.call({ path: "/photos/condition", headers });
    const head = await s3.call({ method: "HEAD", path: "/photos/condition", headers });

    expect([got.status, got.code, got.one("Condition")]).toEqual([412, "PreconditionFailed", condition]);
    expect([head.status, head.body.length]).toEqual([412, 0]);
  });

  test("a missing object is 404 whatever the condition", async () => {
    const answer = await s3.call({ path: "/photos/absent", headers: { "if-none-match": "*" } });

    expect([answer.status, answer.code, answer.one("Key")]).toEqual([404, "NoSuchKey", "absent"]);
  });
});

describe("response-* overrides", () => {
  const query = {
    "response-cache-control": "no-store",
    "response-content-disposition": 'attachment; filename="é.txt"',
    "response-content-encoding": "identity",
    "response-content-language": "fr",
    "response-content-type": "text/html",
    "response-expires": "Thu, 01 Jan 2026 00:00:00 GMT",
  };
  beforeAll(() => s3.call({ method: "PUT", path: "/photos/override", body }));

  test.each(["GET", "HEAD"])("replace the headers of %s", async (method) => {
    for (const answer of [
      await s3.call({ method, path: "/photos/override", query }),
      await s3.send(await s3.presign({ method, path: "/photos/override", query })),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        "cache-control": "no-store",
        "content-disposition": Buffer.from('attachment; filename="é.txt"').toString("latin1"),
        "content-encoding": "identity",
        "content-language": "fr",
        "content-type": "text/html",
        expires: "Thu, 01 Jan 2026 00:00:00 GMT",
      });
    }
  });

  test.each([["a\r\nset-cookie: x=1"], ["a\nb"], ["\u0001"]])("cannot add a header: %j", async (value) => {
    const answer = await s3.call({ path: "/photos/override", query: { "response-content-type": value } });

    expect([answer.status, answer.code, answer.headers["set-cookie"]]).toEqual([400, "InvalidArgument", undefined]);
  });

  test("are not for the anonymous", async () => {
    const answer = await s3.call({ path: "/photos/override", query, account: null });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });
});

describe("conditions of writes", () => {
  const write = (path: string, headers: Record<string, string>) =>
    s3.call({ method: "PUT", path, headers, body: "new" });

  test("If-None-Match: * writes once", async () => {
    const first = await write("/photos/once", { "if-none-match": "*" });
    const second = await write("/photos/once", { "if-none-match": "*" });

    expect(first.status).toBe(200);
    expect([second.status, second.code, second.one("Condition")]).toEqual([412, "PreconditionFailed", "If-None-Match"]);
  });

  test("of many with If-None-Match: * one wins", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => write("/photos/race", { "if-none-match": "*" })),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.every(({ status }) => [200, 409, 412].includes(status))).toBe(true);
  });

  test("If-Match writes over exactly what was seen", async () => {
    await s3.call({ method: "PUT", path: "/photos/seen", body });

    const wrong = await write("/photos/seen", { "if-match": '"other"' });
    const right = await write("/photos/seen", { "if-match": etag });

    expect([wrong.status, wrong.one("Condition")]).toEqual([412, "If-Match"]);
    expect(right.status).toBe(200);
    expect((await s3.call({ path: "/photos/seen" })).text).toBe("new");
  });
});

describe("DeleteObject", () => {
  test("is 204, also for what is not there", async () => {
    await s3.call({ method: "PUT", path: "/photos/gone", body });

    const deleted = await s3.call({ method: "DELETE", path: "/photos/gone" });
    const again = await s3.call({ method: "DELETE", path: "/photos/gone" });
    const noBucket = await s3.call({ method: "DELETE", path: "/absent/gone" });

    expect([deleted.status, deleted.text, deleted.headers["x-amz-delete-marker"]]).toEqual([204, "", undefined]);
    expect(again.status).toBe(204);
    expect([noBucket.status, noBucket.code]).toEqual([404, "NoSuchBucket"]);
    expect((await s3.call({ path: "/photos/gone" })).code).toBe("NoSuchKey");
  });

  test("with If-Match takes exactly what was seen", async () => {
    await s3.call({ method: "PUT", path: "/photos/match", body });
    const remove = (ifMatch: string, path = "/photos/match") =>
      s3.call({ method: "DELETE", path, headers: { "if-match": ifMatch } });

    expect([(await remove('"other"')).status, (await remove('"other"')).code]).toEqual([412, "PreconditionFailed"]);
    expect((await remove("*", "/photos/absent")).code).toBe("NoSuchKey");
    expect((await s3.call({ path: "/photos/match" })).status).toBe(200);
    expect((await remove(etag)).status).toBe(204);
    expect((await s3.call({ path: "/photos/match" })).status).toBe(404);
  });

  test.each([
    ["x-amz-if-match-size", "1", String(body.length)],
    ["x-amz-if-match-last-modified-time", "Thu, 01 Jan 2015 00:00:00 GMT", "Last-Modified"],
  ])("with %s takes exactly what was seen", async (header, wrong, right) => {
    const path = "/photos/kept";
    await s3.call({ method: "PUT", path, body });
    const { headers } = await s3.call({ method: "HEAD", path });

    const refused = await s3.call({ method: "DELETE", path, headers: { [header]: wrong } });
    const unreadable = await s3.call({ method: "DELETE", path, headers: { [header]: "x" } });
    const kept = await s3.call({ path });
    const seen = right === "Last-Modified" ? (headers["last-modified"] ?? "") : right;
    const deleted = await s3.call({ method: "DELETE", path, headers: { [header]: seen } });
    const again = await s3.call({ method: "DELETE", path, headers: { [header]: wrong } });

    expect([refused.status, refused.code, refused.one("Condition")]).toEqual([412, "PreconditionFailed", header]);
    expect([unreadable.status, unreadable.code]).toEqual([400, "InvalidArgument"]);
    expect([kept.status, deleted.status, again.status]).toEqual([200, 204, 204]);
    expect((await s3.call({ path })).status).toBe(404);
  });

  test("of several takes only those that are as they were seen", async () => {
    for (const key of ["one", "two", "three"]) await s3.call({ method: "PUT", path: `/photos/seen-${key}`, body });
    const { headers } = await s3.call({ method: "HEAD", path: "/photos/seen-one" });
    const lastModified = new Date(headers["last-modified"] ?? "").toISOString();
    const documents = [
      `<Key>seen-one</Key><ETag>${etag}</ETag><LastModifiedTime>${lastModified}</LastModifiedTime><Size>${body.length}</Size>`,
      "<Key>seen-two</Key><Size>1</Size>",
      "<Key>seen-three</Key><LastModifiedTime>2015-01-01T00:00:00Z</LastModifiedTime>",
    ];
    const xml = `<Delete>${documents.map((document) => `<Object>${document}</Object>`).join("")}</Delete>`;
    const contentMd5 = createHash("md5").update(xml).digest("base64");

    const answer = await s3.call({
      method: "POST",
      path: "/photos",
      query: { delete: "" },
      headers: { "content-md5": contentMd5 },
      body: xml,
    });

    expect(answer.all("Key")).toEqual(["seen-one", "seen-two", "seen-three"]);
    expect(answer.all("Code")).toEqual(["PreconditionFailed", "PreconditionFailed"]);
  });
});

describe("PutObject with an etag in If-None-Match", () => {
  test("writes over everything but the object with that etag", async () => {
    const write = (etag: string) =>
      s3.call({ method: "PUT", path: "/photos/none-match", body, headers: { "if-none-match": etag } });

    expect((await write(etag)).status).toBe(200);
    const same = await write(etag);
    expect([same.status, same.code, same.one("Condition")]).toEqual([412, "PreconditionFailed", "If-None-Match"]);
    expect((await write('"other"')).status).toBe(200);
  });
});
