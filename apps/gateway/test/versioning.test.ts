import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let count = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  bucket = `/versions-${count++}`;
  await s3.call({ method: "PUT", path: bucket });
});

const set = (status: string) =>
  s3.call({
    method: "PUT",
    path: bucket,
    query: { versioning: "" },
    body: `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
  });
const put = async (body: string) => {
  const answer = await s3.call({ method: "PUT", path: `${bucket}/k`, body });
  return answer.headers["x-amz-version-id"] ?? "";
};
const get = (versionId?: string, method = "GET") =>
  s3.call({ method, path: `${bucket}/k`, query: versionId === undefined ? {} : { versionId } });
const remove = (versionId?: string) => get(versionId, "DELETE");
const list = (query: Record<string, string> = {}) => s3.call({ path: bucket, query: { versions: "", ...query } });

describe("the configuration", () => {
  test("is empty until it is set, then what was set", async () => {
    const status = async () => (await s3.call({ path: bucket, query: { versioning: "" } })).one("Status");

    expect(await status()).toBeUndefined();
    expect((await set("Enabled")).status).toBe(200);
    expect(await status()).toBe("Enabled");
    expect((await set("Suspended")).status).toBe(200);
    expect(await status()).toBe("Suspended");
  });

  test.each([
    ["", 400, "MissingRequestBodyError"],
    ["<VersioningConfiguration/>", 400, "IllegalVersioningConfigurationException"],
    ["<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>", 400, undefined],
    ["<Versioning>", 400, "MalformedXML"],
    [
      "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
      501,
      "NotImplemented",
    ],
    [`<VersioningConfiguration>${" ".repeat(65_536)}</VersioningConfiguration>`, 400, "MaxMessageLengthExceeded"],
  ])("refuses %.60j", async (body, status, code) => {
    const answer = await s3.call({ method: "PUT", path: bucket, query: { versioning: "" }, body });

    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.code).toBe(code);
    expect((await gateway.store.readBucket(bucket.slice(1)))?.versioning).toBeUndefined();
  });
});

describe("while enabled", () => {
  beforeEach(async () => {
    await put("before");
    await set("Enabled");
  });

  test("each write is a version of its own, the first stays null", async () => {
    const one = await put("one");
    const two = await put("two");

    expect(new Set([one, two, ""]).size).toBe(3);
    expect((await get()).headers["x-amz-version-id"]).toBe(two);
    expect([(await get(one)).text, (await get(two)).text, (await get("null")).text]).toEqual(["one", "two", "before"]);
    expect((await get("null")).headers["x-amz-version-id"]).toBe("null");
    expect((await get(one, "HEAD")).headers["content-length"]).toBe("3");
  });

  test("a delete adds a marker, also on top of one, and removing it brings the object back", async () => {
    const one = await put("one");

    const marker = await remove();
    const second = await remove();
    const read = await get();
    const head = await get(undefined, "HEAD");

    expect([marker.status, marker.headers["x-amz-delete-marker"]]).toEqual([204, "true"]);
    expect([read.status, read.code, read.headers["x-amz-delete-marker"]]).toEqual([404, "NoSuchKey", "true"]);
    expect([head.status, head.headers["x-amz-delete-marker"], head.body.length]).toEqual([404, "true", 0]);
    for (const answer of [second, marker]) {
      const id = answer.headers["x-amz-version-id"] ?? "";
      const undone = await remove(id);
      expect([undone.status, undone.headers["x-amz-delete-marker"], undone.headers["x-amz-version-id"]]).toEqual([
        204,
        "true",
        id,
      ]);
    }
    expect((await get()).headers["x-amz-version-id"]).toBe(one);
  });

  test("a marker cannot be read by its id", async () => {
    const id = (await remove()).headers["x-amz-version-id"] ?? "";

    const read = await get(id);
    const head = await get(id, "HEAD");

    expect([read.status, read.code]).toEqual([405, "MethodNotAllowed"]);
    expect(read.headers).toMatchObject({ allow: "DELETE", "x-amz-delete-marker": "true" });
    expect(read.headers["last-modified"]).toMatch(/GMT$/);
    expect([head.status, head.body.length, head.headers.allow]).toEqual([405, 0, "DELETE"]);
  });

  test("a delete by id removes that version for good", async () => {
    const one = await put("one");
    const two = await put("two");

    const removed = await remove(two);

    expect([removed.status, removed.headers["x-amz-version-id"], removed.headers["x-amz-delete-marker"]]).toEqual([
      204,
      two,
      undefined,
    ]);
    expect((await get()).headers["x-amz-version-id"]).toBe(one);
    expect([(await get(two)).status, (await get(two)).code]).toEqual([404, "NoSuchVersion"]);
  });

  test("an empty version id is refused, never taken for the current version", async () => {
    for (const method of ["GET", "HEAD", "DELETE"]) expect((await get("", method)).status).toBe(400);

    expect((await get()).text).toBe("before");
  });

  test.each(["x", "NULL", "AAAA", `${"A".repeat(31)}!`, "A".repeat(33), "/////////////////////////////////"])(
    "%j is no version id, and refused as such",
    async (id) => {
      const copied = await s3.call({
        method: "PUT",
        path: `${bucket}/copy`,
        headers: { "x-amz-copy-source": `${bucket}/k?versionId=${id}` },
      });
      const listed = await list({ "key-marker": "k", "version-id-marker": id });

      for (const answer of [await get(id), await remove(id), copied, listed]) {
        expect([answer.status, answer.code]).toEqual([400, "InvalidArgument"]);
        expect(answer.text).toContain("<Message>Invalid version id specified</Message>");
        expect(answer.one("ArgumentValue")).toBe(id);
      }
      expect((await get(id, "HEAD")).status).toBe(400);
      expect((await get()).text).toBe("before");
    },
  );

  test("a copy onto itself that changes nothing is refused", async () => {
    const copy = (headers: Record<string, string> = {}) =>
      s3.call({ method: "PUT", path: `${bucket}/k`, headers: { "x-amz-copy-source": `${bucket}/k`, ...headers } });

    const same = await copy();
    const replaced = await copy({ "x-amz-metadata-directive": "REPLACE", "x-amz-meta-a": "1" });

    expect([same.status, same.code]).toEqual([400, "InvalidRequest"]);
    expect(same.text).toContain("trying to copy an object to itself without changing");
    expect([replaced.status, (await get()).headers["x-amz-meta-a"]]).toEqual([200, "1"]);
  });

  test("an old version is restored by a copy onto itself", async () => {
    const one = await put("one");
    await put("two");

    const answer = await s3.call({
      method: "PUT",
      path: `${bucket}/k`,
      headers: { "x-amz-copy-source": `${bucket}/k?versionId=${one}` },
    });

    expect([answer.status, answer.headers["x-amz-copy-source-version-id"]]).toEqual([200, one]);
    expect((await get()).text).toBe("one");
    expect((await get()).headers["x-amz-version-id"]).toBe(answer.headers["x-amz-version-id"]);
  });

  test("a marker is no source of a copy", async () => {
    const id = (await remove()).headers["x-amz-version-id"] ?? "";
    const copy = (source: string) =>
      s3.call({ method: "PUT", path: `${bucket}/copy`, headers: { "x-amz-copy-source": source } });

    const byId = await copy(`${bucket}/k?versionId=${id}`);
    const current = await copy(`${bucket}/k`);

    expect([byId.status, byId.code]).toEqual([400, "InvalidRequest"]);
    expect([current.status, current.code]).toEqual([404, "NoSuchKey"]);
  });

  test("If-None-Match: * writes over a marker, If-Match: * does not delete one", async () => {
    await remove();

    const deleted = await s3.call({ method: "DELETE", path: `${bucket}/k`, headers: { "if-match": "*" } });
    const written = await s3.call({
      method: "PUT",
      path: `${bucket}/k`,
      headers: { "if-none-match": "*" },
      body: "new",
    });

    expect([deleted.status, deleted.code]).toEqual([412, "PreconditionFailed"]);
    expect(written.status).toBe(200);
  });

  test("DeleteObjects tells markers made from markers removed", async () => {
    const body = (version = "") => `<Delete><Object><Key>k</Key>${version}</Object></Delete>`;
    const removeMany = (xml: string) => {
      const headers = { "content-md5": createHash("md5").update(xml).digest("base64") };
      return s3.call({ method: "POST", path: bucket, query: { delete: "" }, body: xml, headers });
    };

    const made = await removeMany(body());
    const id = made.one("DeleteMarkerVersionId") ?? "";
    const removed = await removeMany(body(`<VersionId>${id}</VersionId>`));

    expect([made.one("DeleteMarker"), made.one("VersionId")]).toEqual(["true", undefined]);
    expect([removed.one("DeleteMarker"), removed.one("VersionId"), removed.one("DeleteMarkerVersionId")]).toEqual([
      "true",
      id,
      id,
    ]);
    expect((await get()).text).toBe("before");
  });
});

test("while suspended, writes and deletes replace the null version only", async () => {
  await set("Enabled");
  const kept = await put("kept");
  await set("Suspended");

  // Only reads say so of a null version: a write names the version that it has made, and it has made none.
  expect([await put("null one"), await put("null two")]).toEqual(["", ""]);
  expect((await get()).headers["x-amz-version-id"]).toBe("null");
  const marker = await remove();

  expect([marker.headers["x-amz-delete-marker"], marker.headers["x-amz-version-id"]]).toEqual(["true", "null"]);
  const listed = await list();
  expect(listed.all("VersionId")).toEqual(["null", kept]);
  expect((await get(kept)).text).toBe("kept");
});

describe("a bucket that never had versions", () => {
  test("lists its objects as null versions", async () => {
    await put("plain");

    const answer = await list();

    expect([answer.all("VersionId"), answer.all("IsLatest"), answer.all("DeleteMarker")]).toEqual([
      ["null"],
      ["true"],
      [],
    ]);
    expect((await get("null")).text).toBe("plain");
  });

  test("deletes by the id null", async () => {
    await put("plain");

    expect((await remove("null")).status).toBe(204);
    expect((await get()).status).toBe(404);
  });

  test("knows no other id", async () => {
    await put("plain");

    const answer = await get("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    expect([answer.status, answer.code]).toEqual([404, "NoSuchVersion"]);
  });
});

test("ListObjectVersions goes through pages, newest first within a key", async () => {
  await set("Enabled");
  const ids = [await put("1"), await put("2"), await put("3")].reverse();
  await s3.call({ method: "PUT", path: `${bucket}/a/1`, body: "x" });
  await s3.call({ method: "DELETE", path: `${bucket}/z` });

  const first = await list({ "max-keys": "2", prefix: "k" });
  const second = await list({
    "max-keys": "2",
    prefix: "k",
    "key-marker": first.one("NextKeyMarker") ?? "",
    "version-id-marker": first.one("NextVersionIdMarker") ?? "",
  });
  const all = await list({ delimiter: "/" });
  const after = await list({ "key-marker": "k" });

  expect([first.all("VersionId"), first.one("IsTruncated")]).toEqual([ids.slice(0, 2), "true"]);
  expect([second.all("VersionId"), second.one("IsTruncated")]).toEqual([ids.slice(2), "false"]);
  expect(all.all("Key")).toEqual(["k", "k", "k", "z"]);
  expect(all.text).toMatch(/<DeleteMarker>.*<Key>z<\/Key>/);
  expect(all.text).toContain("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>");
  expect(after.all("Key")).toEqual(["z"]);
  expect((await list({ "version-id-marker": "x" })).code).toBe("InvalidArgument");
});
