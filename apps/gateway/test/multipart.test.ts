import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client, streamingModes } from "./support/s3-client.ts";
import { bob } from "./support/start-gateway.ts";

// Part 1 is 5 MiB of `a`, part 2 is `b`: published sums.
const one = Buffer.alloc(5 * 1024 * 1024, "a");
const two = Buffer.from("b");
const etag = '"e5a8c5272b26fc10581a21089559b006-2"';

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
  await s3.call({ method: "PUT", path: "/videos" });
});
afterAll(() => gateway.close());

type Headers = Readonly<Record<string, string>>;

async function create(path: string, headers: Headers = {}): Promise<string> {
  const answer = await s3.call({ method: "POST", path, query: { uploads: "" }, headers });
  expect(answer.status).toBe(200);
  return answer.one("UploadId") ?? "";
}

function upload(path: string, uploadId: string, partNumber: number | string, body: Buffer, headers: Headers = {}) {
  return s3.call({ method: "PUT", path, query: { partNumber: String(partNumber), uploadId }, body, headers });
}

function complete(path: string, uploadId: string, parts: string, headers: Headers = {}): Promise<S3Answer> {
  const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  return s3.call({ method: "POST", path, query: { uploadId }, body, headers });
}

function part(partNumber: number, bytes: Buffer | string, rest = ""): string {
  return `<Part><PartNumber>${partNumber}</PartNumber><ETag>"${md5(bytes)}"</ETag>${rest}</Part>`;
}

describe("a multipart upload", () => {
  test("becomes one object with the headers it began with", async () => {
    const headers = { "content-type": "video/mp4", "x-amz-meta-a": "1", "cache-control": "no-cache" };
    const uploadId = await create("/photos/whole", headers);
    // Out of order, and one of them again.
    await upload("/photos/whole", uploadId, 9, two);
    await upload("/photos/whole", uploadId, 2, Buffer.from("replaced"));
    await upload("/photos/whole", uploadId, 2, one);
    await upload("/photos/whole", uploadId, 5, Buffer.from("not listed"));

    const done = await complete("/photos/whole", uploadId, part(2, one) + part(9, two));
    const got = await s3.call({ path: "/photos/whole" });

    expect([done.status, done.one("ETag"), done.one("Bucket"), done.one("Key")]).toEqual([
      200,
      etag,
      "photos",
      "whole",
    ]);
    expect(done.one("Location")).toBe(`http://127.0.0.1:${gateway.port}/photos/whole`);
    expect(got.headers).toMatchObject({ ...headers, etag });
    expect(got.body.equals(Buffer.concat([one, two]))).toBe(true);
    expect((await s3.call({ path: "/photos", query: { uploads: "" } })).all("UploadId")).toEqual([]);
  });

  test.each([...streamingModes, "UNSIGNED-PAYLOAD"])("takes parts sent as %s", async (payload) => {
    const uploadId = await create("/photos/modes");
    const query = { partNumber: "1", uploadId };
    const sent = await s3.call({ method: "PUT", path: "/photos/modes", query, body: "part", payload });

    const done = await complete("/photos/modes", uploadId, part(1, "part"));

    expect([sent.status, sent.headers.etag]).toEqual([200, `"${md5("part")}"`]);
    expect(done.one("ETag")).toMatch(/-1"$/);
    expect((await s3.call({ path: "/photos/modes" })).text).toBe("part");
  });

  test("is read by part, by range, and says how many parts it has", async () => {
    const uploadId = await create("/photos/parts");
    await upload("/photos/parts", uploadId, 1, one);
    await upload("/photos/parts", uploadId, 2, two);
    await complete("/photos/parts", uploadId, part(1, one) + part(2, two));

    for (const method of ["GET", "HEAD"]) {
      const second = await s3.call({ method, path: "/photos/parts", query: { partNumber: "2" } });
      expect(second.status).toBe(206);
      expect(second.headers).toMatchObject({
        "content-length": "1",
        "content-range": "bytes 5242880-5242880/5242881",
        "x-amz-mp-parts-count": "2",
        etag,
      });
      expect(second.text).toBe(method === "GET" ? "b" : "");
    }
    const third = await s3.call({ path: "/photos/parts", query: { partNumber: "3" } });
    expect([third.status, third.code, third.one("ActualPartCount")]).toEqual([416, "InvalidPartNumber", "2"]);
    const range = await s3.call({ path: "/photos/parts", headers: { range: "bytes=5242878-5242880" } });
    expect([range.status, range.text, range.headers["x-amz-mp-parts-count"]]).toEqual([206, "aab", undefined]);
  });

  test("may end with an empty part, which is read as empty", async () => {
    const nothing = Buffer.alloc(0);
    const uploadId = await create("/photos/empty-part");
    await upload("/photos/empty-part", uploadId, 1, one);
    await upload("/photos/empty-part", uploadId, 2, nothing);

    const done = await complete("/photos/empty-part", uploadId, part(1, one) + part(2, nothing));
    const read = await s3.call({ path: "/photos/empty-part", query: { partNumber: "2" } });
    const head = await s3.call({ method: "HEAD", path: "/photos/empty-part", query: { partNumber: "2" } });

    expect(done.status).toBe(200);
    expect([read.status, read.body.length, read.headers["content-length"]]).toEqual([200, 0, "0"]);
    expect(head.headers["content-length"]).toBe("0");
  });

  test("can be completed again with the same list while its object is current", async () => {
    const uploadId = await create("/photos/again");
    await upload("/photos/again", uploadId, 1, two);
    const first = await complete("/photos/again", uploadId, part(1, two));

    const again = await complete("/photos/again", uploadId, part(1, two));
    const otherList = await complete("/photos/again", uploadId, part(2, two));
    await s3.call({ method: "PUT", path: "/photos/again", body: "newer" });
    const late = await complete("/photos/again", uploadId, part(1, two));

    expect([again.status, again.text]).toEqual([200, first.text]);
    expect([otherList.status, otherList.code]).toEqual([404, "NoSuchUpload"]);
    expect([late.status, late.code]).toEqual([404, "NoSuchUpload"]);
    expect((await s3.call({ path: "/photos/again" })).text).toBe("newer");
  });

  test("completed by many at once is one object", async () => {
    const uploadId = await create("/photos/at-once");
    await upload("/photos/at-once", uploadId, 1, two);

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => complete("/photos/at-once", uploadId, part(1, two))),
    );

    expect(new Set(answers.map(({ status, text }) => status + text)).size).toBe(1);
    expect((await s3.call({ path: "/photos/at-once" })).text).toBe("b");
  });

  test("that is aborted is gone with its parts", async () => {
    const uploadId = await create("/photos/aborted");
    await upload("/photos/aborted", uploadId, 1, two);

    const aborted = await s3.call({ method: "DELETE", path: "/photos/aborted", query: { uploadId } });

    expect([aborted.status, aborted.text]).toEqual([204, ""]);
    for (const answer of [
      await s3.call({ method: "DELETE", path: "/photos/aborted", query: { uploadId } }),
      await upload("/photos/aborted", uploadId, 1, two),
      await complete("/photos/aborted", uploadId, part(1, two)),
      await s3.call({ path: "/photos/aborted", query: { uploadId } }),
    ]) {
      expect([answer.status, answer.code]).toEqual([404, "NoSuchUpload"]);
    }
    expect((await s3.call({ path: "/photos/aborted" })).code).toBe("NoSuchKey");
  });

  test("belongs to its bucket, its key and its owner", async () => {
    const uploadId = await create("/photos/mine");
    const request = { query: { uploadId, partNumber: "1" }, method: "PUT", body: "x" };

    const answers = [
      await s3.call({ ...request, path: "/photos/other" }),
      await s3.call({ ...request, path: "/videos/mine" }),
      await s3.call({ ...request, path: "/photos/mine", account: bob }),
      await s3.call({ ...request, path: "/photos/mine", query: { partNumber: "1", uploadId: "made-up" } }),
      await s3.call({ ...request, path: "/photos/mine", query: { partNumber: "1", uploadId: "" } }),
    ];

    expect(answers.map(({ code }) => code)).toEqual([
      "NoSuchUpload",
      "NoSuchUpload",
      "AccessDenied",
      "NoSuchUpload",
      "NoSuchUpload",
    ]);
    expect((await s3.call({ path: "/photos/mine", query: { uploadId } })).all("PartNumber")).toEqual([]);
  });

  test.each([["0"], ["10001"], ["-1"], ["a"], [""], ["1.5"]])("has no part number %j", async (partNumber) => {
    const uploadId = await create("/photos/numbers");

    const answer = await upload("/photos/numbers", uploadId, partNumber, two);

    expect([answer.status, answer.code]).toEqual([400, "InvalidArgument"]);
  });
});

describe("CompleteMultipartUpload refuses", () => {
  test.each([
    ["an empty body", "", "MalformedXML"],
    ["no parts", "<CompleteMultipartUpload/>", "MalformedXML"],
    ["a part without an ETag", wrap("<Part><PartNumber>1</PartNumber></Part>"), "MalformedXML"],
    ["a part without a number", wrap("<Part><ETag>x</ETag></Part>"), "MalformedXML"],
    ["part 0", wrap(part(0, two)), "InvalidArgument"],
    ["part 10,001", wrap(part(10_001, two)), "InvalidArgument"],
    ["a part that was not sent", wrap(part(3, two)), "InvalidPart"],
    ["another ETag", wrap(part(1, "other")), "InvalidPart"],
    ["parts out of order", wrap(part(2, two) + part(1, two)), "InvalidPartOrder"],
    ["a part twice", wrap(part(1, two) + part(1, two)), "InvalidPartOrder"],
    ["a small part before the last", wrap(part(1, two) + part(2, two)), "EntityTooSmall"],
    ["a DOCTYPE", `<!DOCTYPE a>${wrap(part(1, two))}`, "MalformedXML"],
  ])("%s, and the upload stays", async (_, body, code) => {
    const uploadId = await create("/photos/refused");
    await upload("/photos/refused", uploadId, 1, two);
    await upload("/photos/refused", uploadId, 2, two);

    const answer = await s3.call({ method: "POST", path: "/photos/refused", query: { uploadId }, body });

    expect([answer.status, answer.code]).toEqual([400, code]);
    expect((await s3.call({ path: "/photos/refused" })).code).toBe("NoSuchKey");
    expect((await s3.call({ path: "/photos/refused", query: { uploadId } })).all("PartNumber")).toEqual(["1", "2"]);
  });

  test.each<[string, Headers, number, string]>([
    ["another size", { "x-amz-mp-object-size": "2" }, 400, "InvalidRequest"],
    ["If-None-Match on an object", { "if-none-match": "*" }, 412, "PreconditionFailed"],
    ["If-Match with another etag", { "if-match": '"other"' }, 412, "PreconditionFailed"],
    ["a body of another MD5", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }, 400, "BadDigest"],
  ])("%s", async (_, headers, status, code) => {
    await s3.call({ method: "PUT", path: "/photos/old", body: "old" });
    const uploadId = await create("/photos/old");
    await upload("/photos/old", uploadId, 1, two);

    const answer = await complete("/photos/old", uploadId, part(1, two), headers);

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await s3.call({ path: "/photos/old" })).text).toBe("old");
  });

  test("over 4 MiB", async () => {
    const uploadId = await create("/photos/refused");

    const answer = await complete("/photos/refused", uploadId, " ".repeat(4 * 1024 * 1024));

    expect([answer.status, answer.code]).toEqual([400, "MaxMessageLengthExceeded"]);
  });

  function wrap(parts: string): string {
    return `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  }
});

describe("checksums of a multipart upload", () => {
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("base64");

  test.each([
    ["CRC32", "COMPOSITE", "dYPmEQ==-2", [crc32Base64(one), crc32Base64(two)]],
    ["CRC32", "FULL_OBJECT", "rBxv8Q==", [crc32Base64(one), crc32Base64(two)]],
    ["CRC64NVME", "FULL_OBJECT", "q73CYp7EDYg=", ["PbvLEkWUSgg=", "DZyVHeSVZ7c="]],
    ["SHA256", "COMPOSITE", "tfmzeY9XeH2OXmxrtS4iDWlNIKUTAFv0/csHs2lsoD8=-2", [sha256(one), sha256(two)]],
  ])("%s %s is made of those of its parts", async (algorithm, type, whole, [first = "", second = ""]) => {
    const path = `/photos/sum-${algorithm}-${type}`;
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
    const element = `Checksum${algorithm}`;
    const uploadId = await create(path, { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type });
    const sent = await upload(path, uploadId, 1, one, { [header]: first });
    const computed = await upload(path, uploadId, 2, two);
    const parts =
      part(1, one, `<${element}>${first}</${element}>`) + part(2, two, `<${element}>${second}</${element}>`);

    const wrong = await complete(path, uploadId, parts, { [header]: crc64(algorithm, second) });
    const wrongPart = await complete(path, uploadId, parts.replace(second, crc64(algorithm, first)));
    const done = await complete(path, uploadId, parts, { [header]: whole, "x-amz-checksum-type": type });
    const head = await s3.call({ method: "HEAD", path, headers: { "x-amz-checksum-mode": "ENABLED" } });
    const listed = await s3.call({ path: "/photos", query: { prefix: path.slice("/photos/".length) } });

    expect([sent.headers[header], computed.headers[header]]).toEqual([first, second]);
    expect([wrong.status, wrong.code]).toEqual([400, "BadDigest"]);
    expect([wrongPart.status, wrongPart.code]).toEqual([400, "InvalidPart"]);
    expect([done.one(element), done.one("ChecksumType")]).toEqual([whole, type]);
    expect(head.headers).toMatchObject({ [header]: whole, "x-amz-checksum-type": type });
    expect([listed.one("ChecksumAlgorithm"), listed.one("ChecksumType")]).toEqual([algorithm, type]);
  });

  /** Some other value of the same length. */
  function crc64(_: string, value: string): string {
    return `${value[0] === "A" ? "B" : "A"}${value.slice(1)}`;
  }

  test("a part of another algorithm is refused and not kept", async () => {
    const uploadId = await create("/photos/sum-mixed", { "x-amz-checksum-algorithm": "SHA256" });

    const answer = await upload("/photos/sum-mixed", uploadId, 1, two, { "x-amz-checksum-crc32": crc32Base64(two) });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
    expect((await s3.call({ path: "/photos/sum-mixed", query: { uploadId } })).all("PartNumber")).toEqual([]);
  });

  test("of the object, sent for an upload that keeps none, is refused instead of ignored", async () => {
    const uploadId = await create("/photos/unasked");
    await upload("/photos/unasked", uploadId, 1, two);

    const answer = await complete("/photos/unasked", uploadId, part(1, two), { "x-amz-checksum-crc32": "AAAAAA==" });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
    expect((await s3.call({ path: "/photos/unasked" })).code).toBe("NoSuchKey");
  });

  test("composite ones want the checksum of each part, from 1 without gaps", async () => {
    const headers = { "x-amz-checksum-algorithm": "SHA256" };
    const uploadId = await create("/photos/sum-gaps", headers);
    await upload("/photos/sum-gaps", uploadId, 2, two);

    const without = await complete("/photos/sum-gaps", uploadId, part(2, two));
    const gap = await complete(
      "/photos/sum-gaps",
      uploadId,
      part(2, two, `<ChecksumSHA256>${sha256(two)}</ChecksumSHA256>`),
    );

    expect([without.status, without.code]).toEqual([400, "InvalidRequest"]);
    expect([gap.status, gap.code]).toEqual([400, "InvalidPartOrder"]);
  });

  test.each([
    [{ "x-amz-checksum-type": "COMPOSITE" }],
    [{ "x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "COMPOSITE" }],
    [{ "x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "FULL_OBJECT" }],
    [{ "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "SOME" }],
    [{ "x-amz-checksum-algorithm": "XXHASH3" }],
  ])("%j is no way to begin", async (headers) => {
    const query = { uploads: "" };

    const answer = await s3.call({ method: "POST", path: "/photos/sum-bad", query, headers });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });
});

describe("ListParts and ListMultipartUploads", () => {
  test("show parts in pages", async () => {
    const uploadId = await create("/photos/listed");
    for (const number of [1, 2, 3]) await upload("/photos/listed", uploadId, number, two);
    const page = (query: Record<string, string>) => s3.call({ path: "/photos/listed", query: { uploadId, ...query } });

    const first = await page({ "max-parts": "2" });
    const second = await page({ "max-parts": "2", "part-number-marker": first.one("NextPartNumberMarker") ?? "" });

    expect([first.all("PartNumber"), first.one("IsTruncated"), first.one("MaxParts")]).toEqual([
      ["1", "2"],
      "true",
      "2",
    ]);
    expect([second.all("PartNumber"), second.one("IsTruncated"), second.one("PartNumberMarker")]).toEqual([
      ["3"],
      "false",
      "2",
    ]);
    expect([first.one("ETag"), first.one("Size"), first.one("Key")]).toEqual([`"${md5(two)}"`, "1", "listed"]);
    for (const query of [{ "max-parts": "a" }, { "max-parts": "-1" }, { "part-number-marker": "a" }]) {
      expect((await page(query)).code).toBe("InvalidArgument");
    }
    await s3.call({ method: "DELETE", path: "/photos/listed", query: { uploadId } });
  });

  test("show uploads by key and time, in pages, with prefixes", async () => {
    const ids = [
      await create("/videos/b"),
      await create("/videos/a"),
      await create("/videos/b"),
      await create("/videos/d/1"),
    ];
    const page = (query: Record<string, string>) => s3.call({ path: "/videos", query: { uploads: "", ...query } });

    const whole = await page({ delimiter: "/" });
    const first = await page({ "max-uploads": "2" });
    const second = await page({
      "max-uploads": "2",
      "key-marker": first.one("NextKeyMarker") ?? "",
      "upload-id-marker": first.one("NextUploadIdMarker") ?? "",
    });

    expect(whole.all("UploadId")).toEqual([ids[1], ids[0], ids[2]]);
    expect(whole.text).toContain("<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>");
    expect(first.all("UploadId")).toEqual([ids[1], ids[0]]);
    expect(second.all("UploadId")).toEqual([ids[2], ids[3]]);
    expect((await page({ "max-uploads": "x" })).code).toBe("InvalidArgument");
  });
});
