import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, escapeKey, md5, type S3Client, type S3Request } from "./support/s3-client.ts";
import { startGateway } from "./support/start-gateway.ts";

const keys = [
  "plain",
  "with space",
  " leading and trailing ",
  "a+b",
  "100%",
  "%2F literal",
  "%41%2f%",
  "//",
  "/leading",
  "a//b///c",
  "trailing/",
  "dir",
  "dir/below",
  "..",
  "../up",
  "a/../b",
  "./here",
  "a/./b",
  ".",
  "é composed",
  "e\u0301 decomposed",
  "日本語/ключ/مفتاح",
  "emoji 😀👩‍👩‍👧",
  "\uff5e before 😀",
  "?versionId=null",
  "a?b#c&d=e;f",
  "quotes \"'`<>[]{}|\\^~",
  "!'()*$:@,",
  "tab\tnewline\nreturn\r",
  "\u0001\u001f\u007f",
  "storage/v1/s3/inner",
  "007",
  "__proto__",
  "k".repeat(1024),
  "é".repeat(512),
];

/** How clients address the same key. A host below `localhost` names the bucket. */
const styles = {
  path: (bucket: string, key: string) => ({ path: `/${bucket}/${escapeKey(key)}` }),
  mount: (bucket: string, key: string) => ({ path: `/storage/v1/s3/${bucket}/${escapeKey(key)}` }),
  "virtual host": (bucket: string, key: string) => ({ path: `/${escapeKey(key)}`, host: `${bucket}.localhost:7480` }),
};

const servers = {
  "the memory store": async () => {
    const { port, close } = await startMemoryGateway();
    return { port, stop: close };
  },
  "the real gateway": async () => {
    const { port, stop } = await startGateway({ workers: 1 });
    return { port, stop: async () => expect(await stop()).toBe(0) };
  },
};

describe.each(Object.entries(servers))("on %s", (_, start) => {
  let s3: S3Client;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const server = await start();
    stop = server.stop;
    s3 = createS3Client(server);
    for (const bucket of ["one", "two", "all"].map((name) => `keys-${name}`)) {
      expect((await s3.call({ method: "PUT", path: `/${bucket}` })).status).toBe(200);
    }
  }, 30_000);
  afterAll(() => stop());

  describe.each(keys.map((key) => ({ key })))("$key", ({ key }) => {
    // Below a virtual host, keys that begin like the mount have no address: the mount is taken off first.
    const usable = Object.entries(styles).filter(
      ([style]) => style !== "virtual host" || !key.startsWith("storage/v1/s3"),
    );

    test.each(usable)("is written, read and deleted by %s", async (_, addressOf) => {
      const address = addressOf("keys-one", key);

      const put = await s3.call({ ...address, method: "PUT", body: key });
      const got = await s3.call(address);
      const head = await s3.call({ ...address, method: "HEAD" });
      const presigned = await s3.send(await s3.presign(address));
      const byPath = await s3.call(styles.path("keys-one", key));
      const deleted = await s3.call({ ...address, method: "DELETE" });
      const gone = await s3.call(styles.path("keys-one", key));

      expect([put.status, put.headers.etag]).toEqual([200, `"${md5(key)}"`]);
      for (const answer of [got, presigned, byPath]) expect([answer.status, answer.text]).toEqual([200, key]);
      expect([head.status, head.headers["content-length"]]).toEqual([200, String(Buffer.byteLength(key))]);
      expect([deleted.status, gone.status, gone.one("Key")]).toEqual([204, 404, key]);
    });

    test("is copied from and to", async () => {
      const source = styles.path("keys-one", key);
      const destination = styles.path("keys-two", key);
      await s3.call({ ...source, method: "PUT", body: key });

      const headers = { "x-amz-copy-source": `/keys-one/${escapeKey(key)}` };
      const copied = await s3.call({ ...destination, method: "PUT", headers });

      expect([copied.status, copied.one("ETag")]).toEqual([200, `"${md5(key)}"`]);
      expect((await s3.call(destination)).text).toBe(key);
      for (const address of [source, destination]) await s3.call({ ...address, method: "DELETE" });
    });

    test("is uploaded in parts", async () => {
      const address = styles.path("keys-one", key);
      const created = await s3.call({ ...address, method: "POST", query: { uploads: "" } });
      const uploadId = created.one("UploadId") ?? "";
      const part = await s3.call({ ...address, method: "PUT", query: { partNumber: "1", uploadId }, body: key });
      const uploads = await s3.call({ path: "/keys-one", query: { uploads: "" } });
      const escaped = await s3.call({ path: "/keys-one", query: { uploads: "", "encoding-type": "url" } });
      const parts = await s3.call({ ...address, query: { uploadId } });
      const xml = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
      const body = `<CompleteMultipartUpload>${xml}</CompleteMultipartUpload>`;
      const done = await s3.call({ ...address, method: "POST", query: { uploadId }, body });
      const got = await s3.call(address);
      await s3.call({ ...address, method: "DELETE" });

      for (const answer of [created, uploads, parts, done])
        expect([answer.status, answer.all("Key")]).toEqual([200, [key]]);
      expect(escaped.all("Key").map(decodeURIComponent)).toEqual([key]);
      expect(got.text).toBe(key);
    });

    test("is deleted among others", async () => {
      const address = styles.path("keys-one", key);
      await s3.call({ ...address, method: "PUT", body: key });

      const answer = await s3.call(deleteObjects("keys-one", [key, "absent"]));

      expect([answer.status, answer.all("Key"), answer.all("Code")]).toEqual([200, [key, "absent"], []]);
      expect((await s3.call(address)).status).toBe(404);
    });
  });

  describe("listings are in the order of UTF-8 bytes", () => {
    const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    beforeAll(async () => {
      await Promise.all(keys.map((key) => s3.call({ ...styles.path("keys-all", key), method: "PUT", body: key })));
    });

    test.each([
      ["V1", {}],
      ["V2", { "list-type": "2" }],
      ["versions", { versions: "" }],
    ])("%s", async (_, query: Record<string, string>) => {
      const plain = await s3.call({ path: "/keys-all", query });
      const escaped = await s3.call({ path: "/keys-all", query: { ...query, "encoding-type": "url" } });

      expect(plain.all("Key")).toEqual(inOrder);
      expect(escaped.all("Key").map(decodeURIComponent)).toEqual(inOrder);
      expect(inOrder.indexOf("\uff5e before 😀")).toBeGreaterThan(inOrder.indexOf("日本語/ключ/مفتاح"));
    });

    test("U+FF5E comes before U+1F600, which UTF-16 has the other way round", async () => {
      for (const key of ["order/\u{1f600}", "order/\uff5e"]) {
        await s3.call({ ...styles.path("keys-two", key), method: "PUT" });
      }

      const answer = await s3.call({ path: "/keys-two", query: { prefix: "order/" } });

      expect(answer.all("Key")).toEqual(["order/\uff5e", "order/\u{1f600}"]);
    });

    test("each key is found by itself as a prefix, and as the place to go on from", async () => {
      for (const key of keys) {
        const position = inOrder.indexOf(key);
        const byPrefix = await s3.call({ path: "/keys-all", query: { prefix: key, "max-keys": "1" } });
        const after = await s3.call({ path: "/keys-all", query: { marker: key, "max-keys": "1" } });

        expect(byPrefix.all("Key")).toEqual([key]);
        expect(after.all("Key")).toEqual(inOrder.slice(position + 1, position + 2));
      }
    });

    test("pages of one go through all of them", async () => {
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const position: Record<string, string> = token === undefined ? {} : { "continuation-token": token };
        const page = await s3.call({ path: "/keys-all", query: { "list-type": "2", "max-keys": "1", ...position } });
        seen.push(...page.all("Key"));
        token = page.one("NextContinuationToken");
      } while (token !== undefined && seen.length <= keys.length);

      expect(seen).toEqual(inOrder);
    });
  });

  test("a key of 1,025 bytes is refused everywhere", async () => {
    const key = "k".repeat(1025);
    const headers = { "x-amz-copy-source": `/keys-all/${key}` };

    const put = await s3.call({ ...styles.path("keys-one", key), method: "PUT", body: "x" });
    const copied = await s3.call({ ...styles.path("keys-one", "k"), method: "PUT", headers });
    const removed = await s3.call(deleteObjects("keys-one", [key]));

    expect([put.status, put.code, put.one("Size")]).toEqual([400, "KeyTooLongError", "1025"]);
    expect([copied.status, copied.code]).toEqual([400, "InvalidArgument"]);
    expect(removed.all("Code")).toEqual(["KeyTooLongError"]);
  });
});

function deleteObjects(bucket: string, names: readonly string[]): S3Request {
  const body = `<Delete>${names.map((name) => `<Object><Key>${escapeXml(name)}</Key></Object>`).join("")}</Delete>`;
  const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
  return { method: "POST", path: `/${bucket}`, query: { delete: "" }, body, headers };
}

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no other way to carry them
  return text.replaceAll(/[&<>"'\u0000-\u001f\u007f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}
