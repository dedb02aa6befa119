import { checksumOf } from "@stave/s3-checksum";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Answer, type S3Client, streamingModes } from "./support/s3-client.ts";

// What the server computes and reports by itself; which checksums of clients it takes is in objects.test.ts.

const enabled = { "x-amz-checksum-mode": "ENABLED" };
const header = "x-amz-checksum-crc64nvme";
const crc64 = (bytes: string | Buffer) => checksumOf("CRC64NVME", Buffer.from(bytes));

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/sums" });
});
afterAll(() => gateway.close());

/** The checksum headers of an answer. */
function sums({ headers }: S3Answer): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-checksum-")));
}

const full = (value: string) => ({ [header]: value, "x-amz-checksum-type": "FULL_OBJECT" });

describe("an object that comes without a checksum", () => {
  test.each([0, 9, 5000, 600_000])("of %i bytes has CRC64NVME, and tells it to those who ask", async (sizeBytes) => {
    const body = Buffer.alloc(sizeBytes, "123456789");

    const put = await s3.call({ method: "PUT", path: "/sums/plain", body });
    const got = await s3.call({ path: "/sums/plain", headers: enabled });
    const head = await s3.call({ method: "HEAD", path: "/sums/plain", headers: enabled });
    const unasked = await s3.call({ path: "/sums/plain" });
    const range = await s3.call({ path: "/sums/plain", headers: { ...enabled, range: "bytes=0-3" } });

    for (const answer of [put, got, head]) expect(sums(answer)).toEqual(full(crc64(body)));
    for (const answer of [unasked, range]) expect(sums(answer)).toEqual({});
    if (sizeBytes === 9) expect(put.headers[header]).toBe("rosUhgp5mIg=");
  });

  test.each(["UNSIGNED-PAYLOAD", streamingModes[0]])("has it also when it is sent as %s", async (payload) => {
    const put = await s3.call({ method: "PUT", path: "/sums/mode", body: "123456789", payload });

    expect(sums(put)).toEqual(full("rosUhgp5mIg="));
  });

  test("is listed with its algorithm", async () => {
    await s3.call({ method: "PUT", path: "/sums/listed/a", body: "a" });
    await s3.call({
      method: "PUT",
      path: "/sums/listed/b",
      body: "b",
      headers: { "x-amz-checksum-crc32": crc32Base64("b") },
    });

    const listing = await s3.call({ path: "/sums", query: { "list-type": "2", prefix: "listed/" } });

    expect(listing.all("ChecksumAlgorithm")).toEqual(["CRC64NVME", "CRC32"]);
    expect(listing.all("ChecksumType")).toEqual(["FULL_OBJECT", "FULL_OBJECT"]);
  });
});

const large = Buffer.alloc(5 * 1024 * 1024, "a");
const vectors = {
  parts: ["PbvLEkWUSgg=", "DZyVHeSVZ7c="],
  whole: "q73CYp7EDYg=",
  crc32: { parts: ["r/zBbw==", "cb7v+Q=="], whole: "rBxv8Q==", composite: "dYPmEQ==-2" },
};

async function create(path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await s3.call({ method: "POST", path, query: { uploads: "" }, headers });
  return answer.one("UploadId") ?? "";
}

async function upload(path: string, uploadId: string, headers: readonly Record<string, string>[] = []) {
  const answers: S3Answer[] = [];
  for (const [at, body] of [large, "b"].entries()) {
    const query = { uploadId, partNumber: String(at + 1) };
    answers.push(await s3.call({ method: "PUT", path, query, body, headers: headers[at] ?? {} }));
  }
  return answers;
}

function complete(path: string, uploadId: string, parts: readonly S3Answer[]): Promise<S3Answer> {
  const xml = parts.map(({ headers }, at) => {
    const sum = Object.entries(headers).find(([name]) => name.startsWith("x-amz-checksum-"));
    const element = `Checksum${sum?.[0].slice("x-amz-checksum-".length).toUpperCase()}`;
    return `<Part><PartNumber>${at + 1}</PartNumber><ETag>${headers.etag}</ETag><${element}>${sum?.[1]}</${element}></Part>`;
  });
  const body = `<CompleteMultipartUpload>${xml.join("")}</CompleteMultipartUpload>`;
  return s3.call({ method: "POST", path, query: { uploadId }, body });
}

describe("an upload that names no algorithm", () => {
  test("has CRC64NVME of its parts, and of the whole without reading it again", async () => {
    const path = "/sums/multipart";
    const uploadId = await create(path);

    const parts = await upload(path, uploadId);
    const listed = await s3.call({ path, query: { uploadId } });
    const done = await complete(path, uploadId, parts);
    const head = await s3.call({ method: "HEAD", path, headers: enabled });

    expect(parts.map(sums)).toEqual(vectors.parts.map((value) => ({ [header]: value })));
    expect(listed.all("ChecksumCRC64NVME")).toEqual(vectors.parts);
    expect([done.one("ChecksumCRC64NVME"), done.one("ChecksumType")]).toEqual([vectors.whole, "FULL_OBJECT"]);
    expect(sums(head)).toEqual(full(vectors.whole));
  });

  test("has the CRC that all its parts were sent with", async () => {
    const path = "/sums/crc32-parts";
    const uploadId = await create(path);

    const parts = await upload(
      path,
      uploadId,
      vectors.crc32.parts.map((value) => ({ "x-amz-checksum-crc32": value })),
    );
    const done = await complete(path, uploadId, parts);

    expect([done.one("ChecksumCRC32"), done.one("ChecksumType")]).toEqual([vectors.crc32.whole, "FULL_OBJECT"]);
  });

  test("has none of the whole when its parts have different ones", async () => {
    const path = "/sums/mixed-parts";
    const uploadId = await create(path);

    const parts = await upload(path, uploadId, [{}, { "x-amz-checksum-crc32": vectors.crc32.parts[1] ?? "" }]);
    const done = await complete(path, uploadId, parts);
    const head = await s3.call({ method: "HEAD", path, headers: enabled });

    expect([done.status, done.one("ChecksumType"), sums(head)]).toEqual([200, undefined, {}]);
  });

  test("takes copied parts in, too", async () => {
    await s3.call({ method: "PUT", path: "/sums/source", body: large });
    const path = "/sums/of-copies";
    const uploadId = await create(path);

    const copied = await s3.call({
      method: "PUT",
      path,
      query: { uploadId, partNumber: "1" },
      headers: { "x-amz-copy-source": "/sums/source" },
    });
    const [, second] = await upload("/sums/of-copies", uploadId);

    expect(copied.one("ChecksumCRC64NVME")).toBe(vectors.parts[0]);
    const first = { ...copied, headers: { etag: copied.one("ETag"), [header]: vectors.parts[0] } };
    const done = await complete(path, uploadId, second === undefined ? [] : [first, second]);
    expect(done.one("ChecksumCRC64NVME")).toBe(vectors.whole);
  });
});

describe("one part of an object", () => {
  test.each([
    ["COMPOSITE", vectors.crc32.composite],
    ["FULL_OBJECT", vectors.crc32.whole],
  ])("is read with its own checksum, of an object whose is %s", async (type, whole) => {
    const path = `/sums/parts-${type}`;
    const uploadId = await create(path, { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": type });
    await complete(path, uploadId, await upload(path, uploadId));

    const wholeAnswer = await s3.call({ method: "HEAD", path, headers: enabled });
    const parts = await Promise.all(
      ["1", "2"].map((partNumber) => s3.call({ path, query: { partNumber }, headers: enabled })),
    );
    const unasked = await s3.call({ path, query: { partNumber: "1" } });

    expect(sums(wholeAnswer)).toEqual({ "x-amz-checksum-crc32": whole, "x-amz-checksum-type": type });
    expect(parts.map(sums)).toEqual(
      vectors.crc32.parts.map((value) => ({ "x-amz-checksum-crc32": value, "x-amz-checksum-type": type })),
    );
    expect(parts.map(({ headers }) => headers["x-amz-mp-parts-count"])).toEqual(["2", "2"]);
    expect(sums(unasked)).toEqual({});
  });

  test("is all of an object that was not uploaded in parts", async () => {
    await s3.call({ method: "PUT", path: "/sums/single", body: "123456789" });

    const part = await s3.call({ path: "/sums/single", query: { partNumber: "1" }, headers: enabled });

    expect([part.status, part.text]).toEqual([206, "123456789"]);
    expect(sums(part)).toEqual(full("rosUhgp5mIg="));
  });
});

describe("GetObjectAttributes", () => {
  const attributes = (path: string, wanted: string, headers: Record<string, string> = {}, query = {}) =>
    s3.call({ path, query: { attributes: "", ...query }, headers: { "x-amz-object-attributes": wanted, ...headers } });
  const everything = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";

  test("tells what is asked for, and no more", async () => {
    await s3.call({ method: "PUT", path: "/sums/attributes", body: "123456789" });

    const all = await attributes("/sums/attributes", everything);
    const some = await attributes("/sums/attributes", "ObjectSize, ETag");

    expect(all.headers["last-modified"]).toMatch(/GMT$/);
    expect(all.headers["x-amz-version-id"]).toBeUndefined();
    expect(all.text).toContain(
      '<GetObjectAttributesResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>25f9e794323b453885f5181f1b624d0b</ETag>' +
        "<Checksum><ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></Checksum>" +
        "<StorageClass>STANDARD</StorageClass><ObjectSize>9</ObjectSize></GetObjectAttributesResponse>",
    );
    expect([some.one("ObjectSize"), some.one("ETag"), some.one("StorageClass"), some.one("ChecksumType")]).toEqual([
      "9",
      "25f9e794323b453885f5181f1b624d0b",
      undefined,
      undefined,
    ]);
  });

  test("pages through the parts", async () => {
    const path = "/sums/attributes-parts";
    const uploadId = await create(path);
    await complete(path, uploadId, await upload(path, uploadId));

    const whole = await attributes(path, everything);
    const first = await attributes(path, "ObjectParts", { "x-amz-max-parts": "1" });
    const second = await attributes(path, "ObjectParts", {
      "x-amz-max-parts": "5000",
      "x-amz-part-number-marker": "1",
    });
    const after = await attributes(path, "ObjectParts", { "x-amz-part-number-marker": "2" });

    const shown = (answer: S3Answer) =>
      ["PartsCount", "PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated"].map((name) =>
        answer.one(name),
      );
    expect(shown(whole)).toEqual(["2", "0", "2", "1000", "false"]);
    expect(whole.all("PartNumber")).toEqual(["1", "2"]);
    expect(whole.all("Size")).toEqual([String(large.length), "1"]);
    expect(whole.all("ChecksumCRC64NVME")).toEqual([vectors.whole, ...vectors.parts]);
    expect([shown(first), first.all("PartNumber")]).toEqual([["2", "0", "1", "1", "true"], ["1"]]);
    expect([shown(second), second.all("PartNumber")]).toEqual([["2", "1", "2", "1000", "false"], ["2"]]);
    expect([shown(after), after.all("PartNumber")]).toEqual([["2", "2", "2", "1000", "false"], []]);
  });

  test("of a version, a delete marker, and of nothing", async () => {
    await s3.call({ method: "PUT", path: "/sums-versions" });
    const enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await s3.call({ method: "PUT", path: "/sums-versions", query: { versioning: "" }, body: enable });
    const path = "/sums-versions/k";
    const versionId = (await s3.call({ method: "PUT", path, body: "old" })).headers["x-amz-version-id"] ?? "";
    await s3.call({ method: "PUT", path, body: "newer" });

    const old = await attributes(path, "ObjectSize", {}, { versionId });
    const marker = (await s3.call({ method: "DELETE", path })).headers["x-amz-version-id"] ?? "";
    const deleted = await attributes(path, "ObjectSize");
    const named = await attributes(path, "ObjectSize", {}, { versionId: marker });
    const absent = await attributes("/sums/nothing", "ObjectSize");

    expect([old.one("ObjectSize"), old.headers["x-amz-version-id"]]).toEqual(["3", versionId]);
    expect([deleted.status, deleted.code, deleted.headers["x-amz-delete-marker"]]).toEqual([404, "NoSuchKey", "true"]);
    expect([named.status, named.code]).toEqual([405, "MethodNotAllowed"]);
    expect([absent.status, absent.code]).toEqual([404, "NoSuchKey"]);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ["", {}, 400, "InvalidRequest"],
    ["ETag,Colour", {}, 400, "InvalidArgument"],
    ["ETag", { "x-amz-max-parts": "-1" }, 400, "InvalidArgument"],
    ["ETag", { "x-amz-part-number-marker": "x" }, 400, "InvalidArgument"],
    ["ETag", { "if-match": '"other"' }, 412, "PreconditionFailed"],
  ])("of %j with %j is refused", async (wanted, headers, status, code) => {
    await s3.call({ method: "PUT", path: "/sums/refused", body: "x" });

    const answer = await attributes("/sums/refused", wanted, headers);

    expect([answer.status, answer.code]).toEqual([status, code]);
  });
});
