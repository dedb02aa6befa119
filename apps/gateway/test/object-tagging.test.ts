import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client } from "./support/s3-client.ts";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  for (const path of ["/plain", "/versioned"]) await s3.call({ method: "PUT", path });
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await s3.call({ method: "PUT", path: "/versioned", query: { versioning: "" }, body });
});
afterAll(() => gateway.close());

type Headers = Readonly<Record<string, string>>;

const put = (path: string, headers: Headers = {}, body = "body") => s3.call({ method: "PUT", path, headers, body });
const tags = (path: string, query: Headers = {}) => s3.call({ path, query: { tagging: "", ...query } });
const setTags = (path: string, body: string, query: Headers = {}) =>
  s3.call({ method: "PUT", path, query: { tagging: "", ...query }, body });
const removeTags = (path: string, query: Headers = {}) =>
  s3.call({ method: "DELETE", path, query: { tagging: "", ...query } });

function tagging(pairs: Readonly<Record<string, string>>): string {
  const set = Object.entries(pairs).map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`);
  return `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
}

function shown(answer: S3Answer): Record<string, string> {
  const values = answer.all("Value");
  return Object.fromEntries(answer.all("Key").map((key, at) => [key, values[at] ?? ""]));
}

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, `${at}`]));
}

describe("tags of an object", () => {
  test("are set, read, counted and removed, and nothing else changes", async () => {
    const written = await put("/plain/a");
    expect(shown(await tags("/plain/a"))).toEqual({});

    expect((await setTags("/plain/a", tagging({ one: "1", two: "" }))).status).toBe(200);

    expect(shown(await tags("/plain/a"))).toEqual({ one: "1", two: "" });
    for (const method of ["GET", "HEAD"]) {
      const { status, headers } = await s3.call({ method, path: "/plain/a" });
      expect([status, headers["x-amz-tagging-count"], headers.etag]).toEqual([200, "2", written.headers.etag]);
    }
    const removed = await removeTags("/plain/a");
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect(shown(await tags("/plain/a"))).toEqual({});
    expect((await s3.call({ path: "/plain/a" })).headers).not.toHaveProperty("x-amz-tagging-count");
  });

  test("belong to one version, and are gone with an overwrite", async () => {
    const first = (await put("/versioned/a", { "x-amz-tagging": "n=1" })).headers["x-amz-version-id"] ?? "";
    const second = (await put("/versioned/a")).headers["x-amz-version-id"] ?? "";
    expect(shown(await tags("/versioned/a"))).toEqual({});

    const set = await setTags("/versioned/a", tagging({ n: "one" }), { versionId: first });
    const read = await tags("/versioned/a", { versionId: first });
    const current = await tags("/versioned/a");

    expect([set, read, current].map(({ headers }) => headers["x-amz-version-id"])).toEqual([first, first, second]);
    expect([shown(read), shown(current)]).toEqual([{ n: "one" }, {}]);
    await removeTags("/versioned/a", { versionId: first });
    expect(shown(await tags("/versioned/a", { versionId: first }))).toEqual({});
  });

  test("are not those of a delete marker or of what is not there", async () => {
    await put("/versioned/gone");
    const marker = (await s3.call({ method: "DELETE", path: "/versioned/gone" })).headers["x-amz-version-id"] ?? "";
    const ask = async (path: string, query: Headers = {}) => [
      (await tags(path, query)).code,
      (await setTags(path, tagging({ a: "b" }), query)).code,
      (await removeTags(path, query)).code,
    ];

    expect(await ask("/versioned/gone")).toEqual(Array(3).fill("MethodNotAllowed"));
    expect(await ask("/versioned/gone", { versionId: marker })).toEqual(Array(3).fill("MethodNotAllowed"));
    expect(await ask("/versioned/never")).toEqual(Array(3).fill("NoSuchKey"));
    expect(await ask("/versioned/gone", { versionId: "A".repeat(32) })).toEqual(Array(3).fill("NoSuchVersion"));
    expect(await ask("/nowhere/never")).toEqual(Array(3).fill("NoSuchBucket"));
  });

  test.each([
    ["11 tags", tagging(many(11)), "BadRequest"],
    ["a key of the system", tagging({ "aws:x": "1" }), "InvalidTag"],
    ["a key of 129 characters", tagging({ ["k".repeat(129)]: "1" }), "InvalidTag"],
    ["a value of 257 characters", tagging({ k: "v".repeat(257) }), "InvalidTag"],
    ["a key twice", tagging({ k: "1" }).replace(/<Tag>.*<\/Tag>/, "$&$&"), "InvalidTag"],
    ["no document", "", "MissingRequestBodyError"],
    ["another document", "<Tags/>", "MalformedXML"],
  ])("are refused as %s, and those that were there stay", async (_, body, code) => {
    await put("/plain/kept", { "x-amz-tagging": "kept=yes" });

    expect((await setTags("/plain/kept", body)).code).toBe(code);
    expect(shown(await tags("/plain/kept"))).toEqual({ kept: "yes" });
  });
});

describe("x-amz-tagging", () => {
  test.each([
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=&b", { a: "", b: "" }],
    ["a=1=2", { a: "1=2" }],
    ["a+b=c%20d%2Be", { "a b": "c d+e" }],
    ["%C3%A9=%E2%82%AC".replace("%E2%82%AC", "%C3%BC"), { é: "ü" }],
    [new URLSearchParams(many(10)).toString(), many(10)],
    ["", {}],
  ])("%s gives an object its tags", async (header, expected) => {
    await put("/plain/header", { "x-amz-tagging": header });

    expect(shown(await tags("/plain/header"))).toEqual(expected);
  });

  test.each([
    ["a=1&a=2", "InvalidArgument"],
    ["a=%", "InvalidArgument"],
    ["a=%ff", "InvalidArgument"],
    [new URLSearchParams(many(11)).toString(), "BadRequest"],
    ["aws:a=1", "InvalidTag"],
    ["=1", "InvalidTag"],
    ["a=1&", "InvalidTag"],
    ["a=%3B", "InvalidTag"],
    [`${"k".repeat(129)}=1`, "InvalidTag"],
  ])("%.40s is refused before anything is stored", async (header, code) => {
    expect((await put("/plain/refused", { "x-amz-tagging": header })).code).toBe(code);
    expect((await s3.call({ path: "/plain/refused" })).status).toBe(404);
  });

  test("of a multipart upload is that of the object", async () => {
    const path = "/plain/parts";
    const created = await s3.call({
      method: "POST",
      path,
      query: { uploads: "" },
      headers: { "x-amz-tagging": "from=start" },
    });
    const uploadId = created.one("UploadId") ?? "";
    await s3.call({ method: "PUT", path, query: { partNumber: "1", uploadId }, body: "x" });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"${md5("x")}"</ETag></Part></CompleteMultipartUpload>`;
    expect((await s3.call({ method: "POST", path, query: { uploadId }, body })).status).toBe(200);

    expect(shown(await tags(path))).toEqual({ from: "start" });
  });

  test("belongs to the start of a multipart upload, not to its parts", async () => {
    const query = { partNumber: "1", uploadId: "u" };
    const headers = { "x-amz-tagging": "a=b" };

    const answer = await s3.call({ method: "PUT", path: "/plain/parts", query, headers, body: "x" });

    expect([answer.status, answer.code]).toEqual([501, "NotImplemented"]);
  });

  test("goes along on a presigned URL", async () => {
    const url = await s3.presign({ method: "PUT", path: "/plain/presigned", headers: { "x-amz-tagging": "a=b&c=d" } });
    expect((await s3.send({ ...url, headers: { ...url.headers, "content-length": "0" } })).status).toBe(200);

    expect(shown(await tags("/plain/presigned"))).toEqual({ a: "b", c: "d" });
  });
});

describe("a copy", () => {
  const copy = (headers: Headers) => put("/plain/copy", { "x-amz-copy-source": "/plain/source", ...headers }, "");

  test.each([
    [{}, { source: "1" }],
    [{ "x-amz-tagging-directive": "COPY", "x-amz-tagging": "other=2" }, { source: "1" }],
    [{ "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "other=2" }, { other: "2" }],
    [{ "x-amz-tagging-directive": "REPLACE" }, {}],
  ] as const)("with %j has the tags %j", async (headers, expected) => {
    await put("/plain/source", { "x-amz-tagging": "source=1" });

    expect((await copy(headers)).status).toBe(200);
    expect(shown(await tags("/plain/copy"))).toEqual(expected);
  });

  test("with another directive is refused", async () => {
    await put("/plain/source");

    expect((await copy({ "x-amz-tagging-directive": "KEEP" })).code).toBe("InvalidArgument");
  });
});
