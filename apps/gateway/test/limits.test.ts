import { createHash } from "node:crypto";
import type { ObjectStore } from "@stave/object-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";

// Each limit at its edge: what is just allowed, and the exact refusal of what is not.

const gib = 1024 ** 3;

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway({ wrapStore: withHugeObjects });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/limits" });
});
afterAll(() => gateway.close());

/** Says of some keys that they, or their parts, are larger than a test could send. */
function withHugeObjects(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async openObject(address, versionId) {
      const open = await store.openObject(address, versionId);
      if (address.key !== "huge" || open === undefined || !("version" in open)) return open;
      return { ...open, version: { ...open.version, sizeBytes: 5 * gib + 1 } };
    },
    async listParts(upload, query) {
      const page = await store.listParts(upload, query);
      if (upload.key !== "huge-parts") return page;
      return { ...page, parts: page.parts.map((part) => ({ ...part, sizeBytes: 5 * 1024 * gib })) };
    },
  };
}

function refusal(answer: S3Answer | undefined, ...elements: readonly string[]) {
  return [answer?.status, answer?.code, ...elements.map((name) => answer?.one(name))];
}

/** Sends the head of a request and none of its body. */
async function answerToHead(request: S3Request): Promise<S3Answer | undefined> {
  const connection = await openRaw(gateway.port);
  connection.write(requestHead(await s3.sign(request)));
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

const create = async (path: string) =>
  (await s3.call({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
const complete = (path: string, uploadId: string, parts: readonly string[]) =>
  s3.call({
    method: "POST",
    path,
    query: { uploadId },
    body: `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
  });
const part = (number: number, etag: string) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;

describe("5 GiB", () => {
  test.each([
    ["a PUT", {}],
    ["a part", { query: { uploadId: "x", partNumber: "1" } }],
  ])("%s", async (_title, more) => {
    const request = { method: "PUT", path: "/limits/large", payload: "UNSIGNED-PAYLOAD", ...more };
    const ofSize = (sizeBytes: number) => ({ ...request, unsignedHeaders: { "content-length": String(sizeBytes) } });
    const chunked = (sizeBytes: number) => ({
      ...request,
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: { "x-amz-decoded-content-length": String(sizeBytes) },
      unsignedHeaders: { expect: "100-continue" },
    });

    for (const tooLarge of [ofSize(5 * gib + 1), chunked(5 * gib + 1)]) {
      expect(refusal(await answerToHead(tooLarge), "ProposedSize", "MaxSizeAllowed")).toEqual([
        400,
        "EntityTooLarge",
        "5368709121",
        "5368709120",
      ]);
    }
    const continued = {
      ...ofSize(5 * gib),
      unsignedHeaders: { "content-length": String(5 * gib), expect: "100-continue" },
    };
    const status = (await answerToHead(continued))?.status;
    expect(status).toBe("query" in more ? 404 : 100); // asked for its body, and an upload that is not there
  });

  test("the source of a copy, but not of a part", async () => {
    await s3.call({ method: "PUT", path: "/limits/huge", body: "x" });
    const headers = { "x-amz-copy-source": "/limits/huge" };
    const uploadId = await create("/limits/copy");
    const copyPart = (range?: string) =>
      s3.call({
        method: "PUT",
        path: "/limits/copy",
        query: { uploadId, partNumber: "1" },
        headers: { ...headers, ...(range !== undefined && { "x-amz-copy-source-range": range }) },
      });

    const whole = await s3.call({ method: "PUT", path: "/limits/copy", headers });
    const ofPart = await copyPart();
    const beyond = await copyPart(`bytes=0-${5 * gib + 1}`);
    const ranged = await copyPart("bytes=0-0");

    const message = "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120";
    for (const answer of [whole, ofPart]) {
      expect(refusal(answer, "Message")).toEqual([400, "InvalidRequest", message]);
    }
    expect(refusal(beyond, "Message")).toEqual([
      400,
      "InvalidArgument",
      "Range specified is not valid for source object of size: 5368709121",
    ]);
    expect(ranged.status).toBe(200);
  });
});

test("5 TiB: an object of many parts", async () => {
  const path = "/limits/huge-parts";
  const uploadId = await create(path);
  const parts: string[] = [];
  for (const number of [1, 2]) {
    const query = { uploadId, partNumber: String(number) };
    const answer = await s3.call({ method: "PUT", path, query, body: "x" });
    parts.push(part(number, answer.headers.etag ?? ""));
  }

  const answer = await complete(path, uploadId, parts);

  expect(refusal(answer, "ProposedSize", "MaxSizeAllowed")).toEqual([
    400,
    "EntityTooLarge",
    "10995116277760",
    "5497558138880",
  ]);
  expect((await complete(path, uploadId, parts.slice(0, 1))).status).toBe(200);
});

describe("10,000 parts", () => {
  test.each(["1", "10000"])("there is a part %s", async (partNumber) => {
    const query = { uploadId: await create("/limits/parts"), partNumber };

    expect((await s3.call({ method: "PUT", path: "/limits/parts", query, body: "x" })).status).toBe(200);
  });

  test("there is no part 10,001, nor a list of as many", async () => {
    const path = "/limits/parts";
    const uploadId = await create(path);
    const etag = `"${md5("x")}"`;
    const list = (count: number) => Array.from({ length: count }, (_, at) => part(at + 1, etag));

    const put = await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "10001" }, body: "x" });
    const named = await complete(path, uploadId, [part(10_001, etag)]);
    const tooMany = await complete(path, uploadId, list(10_001));
    const asMany = await complete(path, uploadId, list(10_000));

    expect(refusal(put, "ArgumentName", "ArgumentValue")).toEqual([400, "InvalidArgument", "partNumber", "10001"]);
    expect(refusal(named, "ArgumentValue")).toEqual([400, "InvalidArgument", "10001"]);
    expect(refusal(tooMany)).toEqual([400, "MalformedXML"]);
    expect(refusal(asMany, "PartNumber")).toEqual([400, "InvalidPart", "1"]);
  });

  test("only the last one is smaller than 5 MiB", async () => {
    const path = "/limits/small-part";
    const uploadId = await create(path);
    const small = Buffer.alloc(5 * 1024 * 1024 - 1);
    await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "1" }, body: small });
    await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "2" }, body: "x" });

    const answer = await complete(path, uploadId, [part(1, md5(small)), part(2, md5("x"))]);

    expect(refusal(answer, "ProposedSize", "MinSizeAllowed", "PartNumber", "ETag")).toEqual([
      400,
      "EntityTooSmall",
      "5242879",
      "5242880",
      "1",
      md5(small),
    ]);
  });
});

describe("1,000 keys of a DeleteObjects", () => {
  const remove = (count: number) => {
    const objects = Array.from({ length: count }, (_, at) => `<Object><Key>${at}</Key></Object>`);
    const body = `<Delete><Quiet>true</Quiet>${objects.join("")}</Delete>`;
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    return s3.call({ method: "POST", path: "/limits", query: { delete: "" }, body, headers });
  };

  test("are as many as it may have", async () => {
    expect((await remove(1000)).status).toBe(200);
    expect(refusal(await remove(1001))).toEqual([400, "MalformedXML"]);
  });
});

describe("1,024 bytes of a key", () => {
  test("are bytes of UTF-8, not characters", async () => {
    const put = (key: string) => s3.call({ method: "PUT", path: `/limits/${encodeURIComponent(key)}`, body: "x" });

    expect((await put("é".repeat(512))).status).toBe(200);
    expect(refusal(await put(`${"é".repeat(512)}a`), "Size", "MaxSizeAllowed")).toEqual([
      400,
      "KeyTooLongError",
      "1025",
      "1024",
    ]);
  });
});

describe("2 KiB of user metadata", () => {
  test.each([
    ["PUT", {}],
    ["POST", { uploads: "" }],
  ])("names and values together, %s", async (method, query) => {
    const send = (valueBytes: number) =>
      s3.call({ method, path: "/limits/meta", query, headers: { "x-amz-meta-name": "v".repeat(valueBytes) } });

    expect((await send(2044)).status).toBe(200);
    expect(refusal(await send(2045), "Size", "MaxSizeAllowed")).toEqual([400, "MetadataTooLarge", "2049", "2048"]);
  });
});
