import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Client, streamingModes } from "./support/s3-client.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let path = "";
let count = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/logs" });
});
afterAll(() => gateway.close());
beforeEach(() => {
  count += 1;
  path = `/logs/${count}`;
});

type Headers = Readonly<Record<string, string>>;

const append = (offset: number | string, body: string | Buffer, headers: Headers = {}) =>
  s3.call({ method: "PUT", path, body, headers: { "x-amz-write-offset-bytes": String(offset), ...headers } });
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const read = (headers: Headers = {}, method = "GET") => s3.call({ method, path, headers });

test("makes an object, and adds to its end", async () => {
  const first = await append(0, "one ", { "x-amz-meta-a": "1", "content-type": "text/plain" });
  const second = await append(4, "two ");
  const third = await append(8, "three");

  expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(third.headers["x-amz-object-size"]).toBe("13");
  const { text, headers } = await read();
  expect(text).toBe("one two three");
  expect(headers).toMatchObject({
    "content-type": "text/plain",
    "x-amz-meta-a": "1",
    etag: third.headers.etag ?? "",
  });
  expect((await read({ range: "bytes=4-9" })).text).toBe("two th");
});

test.each(streamingModes)("takes a body in %s", async (payload) => {
  await append(0, "start ");
  const headers = { "x-amz-write-offset-bytes": "6" };

  expect((await s3.call({ method: "PUT", path, body: "end", headers, payload })).status).toBe(200);

  expect((await read()).text).toBe("start end");
});

test("gives a large object one part more, and an etag of its parts", async () => {
  const start = Buffer.alloc(200_000, "a");
  await s3.call({ method: "PUT", path, body: start });

  const answer = await append(start.length, "end");

  expect(answer.headers.etag).toMatch(/^"[0-9a-f]{32}-2"$/);
  const part = await s3.call({ path, query: { partNumber: "2" } });
  expect([part.status, part.text, part.headers["x-amz-mp-parts-count"]]).toEqual([206, "end", "2"]);
});

test.each([
  ["somewhere else", 2, {}, "InvalidWriteOffset"],
  ["at the start", 0, {}, "InvalidWriteOffset"],
  ["at no number", "three", {}, "InvalidArgument"],
  ["before the start", "-1", {}, "InvalidArgument"],
  ["at nothing", "", {}, "InvalidArgument"],
  ["with metadata", 3, { "x-amz-meta-a": "1" }, "InvalidRequest"],
  ["with tags", 3, { "x-amz-tagging": "a=b" }, "InvalidRequest"],
  ["with locks", 3, { "x-amz-object-lock-legal-hold": "ON" }, "InvalidRequest"],
  ["with a wrong digest", 3, { "content-md5": Buffer.from(md5("y"), "hex").toString("base64") }, "BadDigest"],
  ["with a wrong checksum", 3, { "x-amz-checksum-crc32": "AAAAAA==" }, "BadDigest"],
  ["if nothing is there", 3, { "if-none-match": "*" }, "PreconditionFailed"],
  ["if it is another object", 3, { "if-match": `"${md5("y")}"` }, "PreconditionFailed"],
] as const)("adds nothing %s", async (_, offset, headers, code) => {
  await s3.call({ method: "PUT", path, body: "abc" });

  expect((await append(offset, "x", headers)).code).toBe(code);

  expect((await read()).text).toBe("abc");
});

test("keeps the CRC of the whole object, made of those of its pieces", async () => {
  const first = await append(0, "one ", { "x-amz-checksum-crc32": crc32Base64("one ") });
  const second = await append(4, "two", { "x-amz-checksum-crc32": crc32Base64("two") });
  const third = await append(7, " three");

  expect(first.headers["x-amz-checksum-crc32"]).toBe(crc32Base64("one "));
  expect(second.headers["x-amz-checksum-crc32"]).toBe(crc32Base64("one two"));
  expect(third.headers["x-amz-checksum-crc32"]).toBe(crc32Base64("one two three"));
  const { headers } = await read({ "x-amz-checksum-mode": "ENABLED" }, "HEAD");
  expect([headers["x-amz-checksum-crc32"], headers["x-amz-checksum-type"]]).toEqual([
    crc32Base64("one two three"),
    "FULL_OBJECT",
  ]);
});

test("keeps the CRC of the object beside another checksum that is sent, and compares that", async () => {
  await append(0, "one", { "x-amz-checksum-crc32": crc32Base64("one") });

  expect((await append(3, "two", { "x-amz-checksum-sha256": sha256("other") })).code).toBe("BadDigest");
  const answer = await append(3, "two", { "x-amz-checksum-sha256": sha256("two") });

  expect([answer.status, answer.headers["x-amz-checksum-crc32"]]).toEqual([200, crc32Base64("onetwo")]);
  expect((await read()).text).toBe("onetwo");
});

test.each([
  ["a copy", "PUT", {}, { "x-amz-copy-source": "/logs/source" }],
  ["a multipart upload", "POST", { uploads: "" }, {}],
  ["a part", "PUT", { partNumber: "1", uploadId: "u" }, {}],
] as const)("is refused for %s", async (_, method, query, headers) => {
  await s3.call({ method: "PUT", path: "/logs/source", body: "x" });

  const answer = await s3.call({ method, path, query, headers: { ...headers, "x-amz-write-offset-bytes": "0" } });

  expect([answer.status, answer.code]).toEqual([501, "NotImplemented"]);
});

test("lets one of many that append at once win", async () => {
  await append(0, "start");

  const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => append(5, String(at))));

  const codes = answers.map(({ code }) => code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(codes.filter((code) => code === "InvalidWriteOffset")).toHaveLength(7);
  expect((await read()).text).toBe(`start${codes.indexOf(undefined)}`);
});

test("is refused for what is, or has to be, encrypted", async () => {
  await append(0, "abc", { "x-amz-server-side-encryption": "AES256" });
  expect((await append(3, "x")).code).toBe("NotImplemented");

  await s3.call({ method: "PUT", path: "/encrypting" });
  path = "/encrypting/k";
  await append(0, "abc");
  const rule =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>";
  const body = `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`;
  expect((await s3.call({ method: "PUT", path: "/encrypting", query: { encryption: "" }, body })).status).toBe(200);

  expect((await append(3, "x")).code).toBe("NotImplemented");
  expect((await read()).text).toBe("abc");
});

test("is refused where there are versions, before the body is read", async () => {
  await s3.call({ method: "PUT", path: "/versions" });
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await s3.call({ method: "PUT", path: "/versions", query: { versioning: "" }, body });
  path = "/versions/k";

  const answer = await append(0, "x");

  expect([answer.status, answer.code, (await read()).status]).toEqual([409, "InvalidBucketState", 404]);
});
