import { connect } from "node:net";
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { rawCall } from "./support/raw-call.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
  for (const name of ["files", "many", "versions"]) {
    await api.call("/api/storage/buckets", { method: "POST", json: { name } });
  }
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

const files = "/api/storage/buckets/files";
const put = (key: string, body: string, headers: Record<string, string> = {}) =>
  rawCall(api, `${files}/objects/${key}`, { method: "PUT", body, headers });

describe("an upload", () => {
  test("keeps its type and its headers, and S3 has the same", async () => {
    const { status, body } = await put("a.txt", "hello", {
      "content-type": "text/plain",
      "cache-control": "max-age=1",
    });

    expect(status).toBe(200);
    expect(body.data).toEqual({
      key: "a.txt",
      sizeBytes: 5,
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      versionId: null,
    });
    const got = await s3.send(new GetObjectCommand({ Bucket: "files", Key: "a.txt" }));
    expect([got.ContentType, got.CacheControl, await got.Body?.transformToString()]).toEqual([
      "text/plain",
      "max-age=1",
      "hello",
    ]);
  });

  test("by POST has a key that nobody can guess", async () => {
    const path = `${files}/objects?filename=${encodeURIComponent("../My Récipe (1).tar.GZ")}`;
    const first = await rawCall(api, path, { method: "POST", body: "x" });
    const second = await rawCall(api, path, { method: "POST", body: "x" });

    expect(first.status).toBe(201);
    expect(first.body.data.key).toMatch(/^My-Re-cipe-1-tar-\d{13}-[\w-]{16}\.GZ$|^[\w-]{1,32}-\d{13}-[\w-]{16}\.GZ$/);
    expect(first.body.data.key).not.toBe(second.body.data.key);
  });

  test("without a length is stored in parts, and nothing is left of what breaks off", async () => {
    const send = (bytes: number, isCut: boolean) =>
      new Promise<string>((resolve) => {
        const { hostname, port } = new URL(api.endpoint);
        const socket = connect(Number(port), hostname);
        let answer = "";
        socket.on("data", (chunk) => {
          answer += chunk;
        });
        socket.on("close", () => resolve(answer)).on("error", () => {});
        socket.write(
          `PUT ${files}/objects/chunked HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.token}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
        );
        const block = Buffer.alloc(1024 * 1024, "b");
        for (let sent = 0; sent < bytes; sent += block.length) {
          socket.write(`${block.length.toString(16)}\r\n`);
          socket.write(block);
          socket.write("\r\n");
        }
        if (isCut) socket.end();
        else socket.write("0\r\n\r\n");
      });
    const sizeBytes = 18 * 1024 * 1024;

    expect(await send(sizeBytes, false)).toMatch(/^HTTP\/1.1 200 /);
    const { body } = await api.call(`${files}/metadata/objects/chunked`);
    expect([body.data.sizeBytes, body.data.etag]).toEqual([sizeBytes, expect.stringMatching(/-3"$/)]);

    await send(sizeBytes, true);
    await waitFor(async () => {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: "files" }));
      return Uploads.length === 0;
    });
    expect((await api.call(`${files}/metadata/objects/chunked`)).body.data.sizeBytes).toBe(sizeBytes);
  });

  test("that ends before its announced end is not stored", async () => {
    const { hostname, port } = new URL(api.endpoint);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(
      `PUT ${files}/objects/torn HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.token}\r\ncontent-length: 1000\r\n\r\nhalf`,
    );
    socket.end();
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    expect((await api.call(`${files}/metadata/objects/torn`)).status).toBe(404);
  });

  test("decides by conditions, and refuses wrong types, wrong sums and buckets that are not there", async () => {
    await put("once", "1");
    const refused = [
      [await put("once", "2", { "if-none-match": "*" }), 412, "PRECONDITION_FAILED"],
      [await put("once", "2", { "if-match": '"0"' }), 412, "PRECONDITION_FAILED"],
      [await put("type", "x", { "content-type": "text/\u00e9" }), 400, "INVALID_REQUEST"],
      [await put("sum", "x", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }), 400, "INVALID_REQUEST"],
      [
        await rawCall(api, "/api/storage/buckets/no-such-bucket/objects/a", { method: "PUT", body: "x" }),
        404,
        "NOT_FOUND",
      ],
    ] as const;
    for (const [{ status, body }, wanted, code] of refused) expect([status, body.code]).toEqual([wanted, code]);
    expect((await rawCall(api, `${files}/objects/once`)).bytes.toString()).toBe("1");
  });
});

describe("a download", () => {
  test("has ranges and conditions", async () => {
    const { body } = await put("range", "0123456789", { "content-type": "text/plain" });
    const get = (headers: Record<string, string>, method = "GET") =>
      rawCall(api, `${files}/objects/range`, { headers, method });

    const part = await get({ range: "bytes=2-4" });
    expect([part.status, part.headers["content-range"], part.bytes.toString()]).toEqual([206, "bytes 2-4/10", "234"]);
    const beyond = await get({ range: "bytes=20-" });
    expect([beyond.status, beyond.body.code]).toEqual([416, "RANGE_NOT_SATISFIABLE"]);
    const known = await get({ "if-none-match": body.data.etag });
    expect([known.status, known.bytes.length, known.headers.etag]).toEqual([304, 0, body.data.etag]);
    expect((await get({ "if-match": '"0"' })).body.code).toBe("PRECONDITION_FAILED");
    expect((await get({ "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" })).status).toBe(412);
    const head = await get({}, "HEAD");
    expect([head.status, head.headers["content-length"], head.bytes.length]).toEqual([200, "10", 0]);
  });

  test.each([
    ["text/html", "page.html"],
    ["image/svg+xml", "a.svg"],
    ["text/javascript", "a.js"],
    ["application/xml", "a.xml"],
    ["application/xhtml+xml", "a.xhtml"],
    ["application/pdf", "a.pdf"],
    ["image/png, text/html", "two"],
    ["nonsense", "n"],
  ])("security: %s never runs from here", async (type, key) => {
    await put(key, "<script>alert(1)</script>", { "content-type": type, "content-disposition": "inline" });
    const { headers } = await rawCall(api, `${files}/objects/${key}`);

    expect(headers["content-disposition"]).toMatch(/^attachment; filename="/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toBe("sandbox; default-src 'none'");
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
  });

  test("of a picture may be shown, and no name breaks out of its header", async () => {
    await put("p.png", "x", { "content-type": "image/png" });
    expect((await rawCall(api, `${files}/objects/p.png`)).headers["content-disposition"]).toBeUndefined();
    const name = encodeURIComponent('a";x="\r\nset-cookie: a=b/é"\n.bin');
    await put(name, "x");
    const { status, headers } = await rawCall(api, `${files}/objects/${name}`);
    expect([status, headers["set-cookie"]]).toEqual([200, undefined]);
    expect(headers["content-disposition"]).toBe("attachment; filename=\"___.bin\"; filename*=UTF-8''%C3%A9%22%0A.bin");
  });

  test("whose client goes away is let go, and is no error", async () => {
    await put("large", "x".repeat(8 * 1024 * 1024));
    const before = api.log();
    const { hostname, port } = new URL(api.endpoint);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${files}/objects/large HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.token}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    expect((await rawCall(api, `${files}/objects/large`)).bytes.length).toBe(8 * 1024 * 1024);
    expect(api.log()).toBe(before);
  });
});

describe("a list", () => {
  test("is paged without repeats, while others write", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(3, "0")}`);
    for (const Key of names) await s3.send(new PutObjectCommand({ Bucket: "many", Key, Body: "x" }));
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await api.call(`/api/storage/buckets/many/objects?limit=7${query}`);
      seen.push(...body.data.map(({ key }: { key: string }) => key));
      cursor = body.nextCursor;
      await s3.send(new PutObjectCommand({ Bucket: "many", Key: "a-new-one", Body: "x" }));
    }
    expect(seen).toEqual(names);
  });

  test("is searched whatever the case, page by page", async () => {
    await put("Docs/Annual-Report.PDF", "x");
    await put("docs/report-2.pdf", "x");
    const path = `${files}/objects?search=REPORT`;
    const all = await api.call(path);
    expect(all.body.data.map(({ key }: { key: string }) => key)).toEqual([
      "Docs/Annual-Report.PDF",
      "docs/report-2.pdf",
    ]);
    const first = await api.call(`${path}&limit=1`);
    expect([first.body.data.length, typeof first.body.nextCursor]).toEqual([1, "string"]);
    const second = await api.call(`${path}&limit=1&cursor=${first.body.nextCursor}`);
    expect([second.body.data[0].key, second.body.nextCursor]).toEqual(["docs/report-2.pdf", null]);
  });

  test.each(["cursor=damaged", "limit=0", "limit=1001", "search=a&delimiter=/", "search=a&cursor=%21", "offset=3"])(
    "with %s is refused",
    async (query) => {
      expect((await api.call(`${files}/objects?${query}`)).status).toBe(400);
    },
  );
});

describe("metadata and tags", () => {
  test("change in part; null takes away, and bytes and tags stay", async () => {
    await put("meta", "bytes", { "content-type": "text/plain", "cache-control": "no-store" });
    await api.call(`${files}/tags/objects/meta`, { method: "PUT", json: { tags: { team: "a b" } } });
    const path = `${files}/metadata/objects/meta`;
    const json = { contentType: "text/css", cacheControl: null, metadata: { owner: "ann" } };
    const { status, headers, body } = await api.call(path, { method: "PATCH", json });

    expect([status, headers.get("etag")]).toEqual([200, body.data.etag]);
    expect(body.data).toMatchObject({ contentType: "text/css", cacheControl: null, metadata: { owner: "ann" } });
    const again = await api.call(path, { method: "PATCH", json: { contentLanguage: "de" } });
    expect(again.body.data).toMatchObject({
      contentType: "text/css",
      contentLanguage: "de",
      metadata: { owner: "ann" },
      sizeBytes: 5,
    });
    expect((await api.call(`${files}/tags/objects/meta`)).body.data.tags).toEqual({ team: "a b" });
    const stale = await api.call(path, { method: "PATCH", json, headers: { "if-match": '"0"' } });
    expect([stale.status, stale.body.code]).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await api.call(path, { method: "PATCH", json: { contentType: "a\r\nb" } })).status).toBe(400);
  });

  test("tags are taken away, and are ten at most", async () => {
    await put("tagged", "x");
    const path = `${files}/tags/objects/tagged`;
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, ""]));
    expect((await api.call(path, { method: "PUT", json: { tags: many } })).status).toBe(400);
    await api.call(path, { method: "PUT", json: { tags: { a: "1" } } });
    await api.call(path, { method: "PUT", json: { tags: {} } });
    expect((await api.call(path)).body.data.tags).toEqual({});
  });
});

describe("copies and moves", () => {
  const post = (action: string, json: object) => api.call(`${files}/${action}`, { method: "POST", json });

  test("take metadata along, and overwrite only when told", async () => {
    await put("from", "bytes", { "content-type": "text/css" });
    await put("to-taken", "other");
    const refused = await post("copy", { key: "from", toKey: "to-taken" });
    expect([refused.status, refused.body.code]).toEqual([409, "CONFLICT"]);
    expect((await post("copy", { key: "from", toKey: "to-taken", overwrite: true })).status).toBe(201);
    expect((await post("move", { key: "from", toKey: "moved", toBucket: "many" })).status).toBe(201);

    expect((await api.call(`${files}/metadata/objects/from`)).status).toBe(404);
    const { body } = await api.call("/api/storage/buckets/many/metadata/objects/moved");
    expect(body.data).toMatchObject({ contentType: "text/css", sizeBytes: 5 });
    expect((await post("move", { key: "to-taken", toKey: "to-taken" })).body.code).toBe("UNPROCESSABLE");
    expect((await post("move", { key: "absent", toKey: "b" })).body.code).toBe("NOT_FOUND");
  });
});

test("versions are listed, restored and deleted", async () => {
  const path = "/api/storage/buckets/versions";
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: "versions", VersioningConfiguration }));
  for (const body of ["one", "two", "three"]) await api.call(`${path}/objects/doc`, { method: "PUT", body });
  await api.call(`${path}/objects/doc-other`, { method: "PUT", body: "x" });
  await api.call(`${path}/objects/doc`, { method: "DELETE" });
  const list = (query: string) => api.call(`${path}/versions?${query}`);

  const { body } = await list("key=doc");
  expect(body.nextCursor).toBeNull();
  expect(body.data.map(({ isDeleteMarker, isLatest }: Record<string, boolean>) => [isDeleteMarker, isLatest])).toEqual([
    [true, true],
    [false, false],
    [false, false],
    [false, false],
  ]);
  const paged: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = await list(`limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    paged.push(...page.body.data.map(({ versionId }: { versionId: string }) => versionId));
    cursor = page.body.nextCursor;
  }
  expect([paged.length, new Set(paged).size]).toEqual([5, 5]);

  const first = body.data.at(-1);
  const restore = (versionId: string) =>
    api.call(`${path}/restore`, { method: "POST", json: { key: "doc", versionId } });
  expect((await restore(first.versionId)).status).toBe(201);
  expect((await api.call(`${path}/objects/doc`)).body).toBe("one");
  const marker = await restore(body.data[0].versionId);
  expect([marker.status, marker.body.code]).toEqual([409, "CONFLICT"]);
  expect((await restore("nonsense")).status).toBeGreaterThanOrEqual(400);

  const gone = `${path}/objects/doc?versionId=${first.versionId}`;
  expect((await api.call(gone, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(gone)).status).toBe(404);
  const results = await api.call(`${path}/objects`, {
    method: "DELETE",
    json: { objects: [{ key: "doc", versionId: body.data[1].versionId }, { key: "doc-other" }] },
  });
  expect(results.body.data.results.map(({ status }: { status: string }) => status)).toEqual(["deleted", "deleted"]);
});
