import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, objectPath, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { ann } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await fill("photos", ["a", "dir/1", "dir/2", "dir/sub/3", "e+f g", "z"]);
  await fill("empty", []);
  await fill(
    "many",
    Array.from({ length: 2500 }, (_, at) => `${at % 5 === 0 ? "five/" : ""}key-${String(at).padStart(4, "0")}`),
  );
});
afterAll(() => gateway.close());

async function fill(bucket: string, keys: readonly string[]): Promise<void> {
  await s3.call({ method: "PUT", path: `/${bucket}` });
  // Beside the protocol: thousands of signed requests would test nothing here.
  for (const key of keys) await putDirectly(gateway, bucket, key);
}

async function putDirectly({ store }: MemoryGateway, bucket: string, key: string): Promise<void> {
  async function* body() {
    yield Buffer.from("x");
  }
  await store.putObject({ bucket, key }, body(), { ownerId: ann.id, metadata: { headers: {}, user: {} } });
}

const list = (query: Record<string, string>, bucket = "photos") => s3.call({ path: `/${bucket}`, query });
const prefixes = (answer: S3Answer) =>
  [...answer.text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map(([, prefix]) => prefix);

describe.each([
  ["ListObjects", {}],
  ["ListObjectsV2", { "list-type": "2" }],
])("%s", (_, version: Record<string, string>) => {
  test("shows every object, by key", async () => {
    const answer = await list(version);

    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
    expect(answer.all("Key")).toEqual(["a", "dir/1", "dir/2", "dir/sub/3", "e+f g", "z"]);
    expect(answer.one("Name")).toBe("photos");
    expect(answer.one("Prefix")).toBe("");
    expect(answer.one("IsTruncated")).toBe("false");
    expect(answer.one("MaxKeys")).toBe("1000");
    expect(answer.one("Size")).toBe("1");
    expect(answer.one("StorageClass")).toBe("STANDARD");
    expect(answer.one("ETag")).toBe('"9dd4e461268c8034f5c8564e155c67a6"');
    expect(answer.one("LastModified")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test.each([
    [{ prefix: "dir/" }, ["dir/1", "dir/2", "dir/sub/3"], []],
    [{ delimiter: "/" }, ["a", "e+f g", "z"], ["dir/"]],
    [{ prefix: "dir/", delimiter: "/" }, ["dir/1", "dir/2"], ["dir/sub/"]],
    [{ prefix: "di", delimiter: "/" }, [], ["dir/"]],
    [{ delimiter: "r/s" }, ["a", "dir/1", "dir/2", "e+f g", "z"], ["dir/s"]],
    [{ delimiter: "ir" }, ["a", "e+f g", "z"], ["dir"]],
    [{ delimiter: "" }, ["a", "dir/1", "dir/2", "dir/sub/3", "e+f g", "z"], []],
    [{ prefix: "e+f g" }, ["e+f g"], []],
    [{ prefix: "nothing" }, [], []],
    [{ "max-keys": "0" }, [], []],
  ])("with %j", async (query, keys, common) => {
    const answer = await list({ ...version, ...query });

    expect([answer.all("Key"), prefixes(answer), answer.one("IsTruncated")]).toEqual([keys, common, "false"]);
  });

  test("writes keys escaped when asked", async () => {
    const answer = await list({ ...version, "encoding-type": "url", prefix: "e+f ", delimiter: "+ " });

    expect([answer.one("EncodingType"), answer.one("Delimiter")]).toEqual(["url", "%2B%20"]);
    expect(answer.all("Key")).toEqual(["e%2Bf%20g"]);
    // botocore decodes everything in V1 but the prefix.
    expect(answer.one("Prefix")).toBe("list-type" in version ? "e%2Bf%20" : "e+f ");
  });

  test.each([
    [{ "max-keys": "-1" }],
    [{ "max-keys": "a" }],
    [{ "max-keys": "1.5" }],
    [{ "max-keys": "2147483648" }],
    [{ "max-keys": "99999999999999" }],
    [{ "encoding-type": "base64" }],
  ])("refuses %j", async (query) => {
    const answer = await list({ ...version, ...query });

    expect([answer.status, answer.code, answer.one("ArgumentName")]).toEqual([
      400,
      "InvalidArgument",
      Object.keys(query)[0],
    ]);
  });

  test.each([["1001"], ["2147483647"]])("shows 1,000 of more when asked for %s", async (maxKeys) => {
    const answer = await list({ ...version, "max-keys": maxKeys }, "many");

    expect([answer.all("Key").length, answer.one("MaxKeys"), answer.one("IsTruncated")]).toEqual([
      1000,
      "1000",
      "true",
    ]);
  });

  test("goes through 2,500 keys in pages, each once", async () => {
    for (const extra of [{}, { delimiter: "/" }, { "max-keys": "999", prefix: "key-1" }]) {
      const names = await readAll({ ...version, ...extra }, "many");

      const expected = Array.from({ length: 2500 }, (_, at) => ({ at, key: `key-${String(at).padStart(4, "0")}` }));
      const plain = expected.filter(({ at }) => at % 5 !== 0).map(({ key }) => key);
      const five = expected.filter(({ at }) => at % 5 === 0).map(({ key }) => `five/${key}`);
      if ("prefix" in extra) expect(names).toEqual(plain.filter((key) => key.startsWith("key-1")));
      else expect(names).toEqual("delimiter" in extra ? ["five/", ...plain] : [...five, ...plain]);
    }
  });

  test("goes through pages of one without repeating a prefix", async () => {
    const names = await readAll({ ...version, delimiter: "/", "max-keys": "1" }, "photos");

    expect(names).toEqual(["a", "dir/", "e+f g", "z"]);
  });

  test("of an empty bucket is empty, of a missing one 404", async () => {
    const empty = await list(version, "empty");
    const missing = await list(version, "absent");

    expect([empty.status, empty.all("Key"), empty.one("IsTruncated")]).toEqual([200, [], "false"]);
    expect([missing.status, missing.code]).toEqual([404, "NoSuchBucket"]);
  });

  /** Objects and prefixes of all pages, in the order of the pages. */
  async function readAll(query: Record<string, string>, bucket: string): Promise<string[]> {
    const names: string[] = [];
    let position: Record<string, string> = {};
    for (let page = 0; page < 100; page += 1) {
      const answer = await list({ ...query, ...position }, bucket);
      names.push(...[...answer.all("Key"), ...prefixes(answer)].map(String).sort());
      if (answer.one("IsTruncated") !== "true") return names;
      position =
        "list-type" in query
          ? { "continuation-token": answer.one("NextContinuationToken") ?? "" }
          : { marker: answer.one("NextMarker") ?? answer.all("Key").at(-1) ?? "" };
    }
    throw new Error("Expected an end");
  }
});

describe("ListObjects", () => {
  test("starts after the marker and always names owners", async () => {
    const answer = await list({ marker: "dir/2", "max-keys": "1" });

    expect([answer.all("Key"), answer.one("Marker"), answer.one("ID")]).toEqual([["dir/sub/3"], "dir/2", ann.id]);
  });

  test("echoes an absent marker as empty", async () => {
    expect((await list({})).one("Marker")).toBe("");
  });
});

describe("ListObjectsV2", () => {
  const v2 = { "list-type": "2" };

  test("names owners only when asked", async () => {
    expect((await list(v2)).all("ID")).toEqual([]);
    expect((await list({ ...v2, "fetch-owner": "true", "max-keys": "1" })).all("ID")).toEqual([ann.id]);
  });

  test("starts after start-after, unless a token says where", async () => {
    const after = await list({ ...v2, "start-after": "dir/2" });
    const first = await list({ ...v2, "max-keys": "1" });
    const token = first.one("NextContinuationToken") ?? "";
    const both = await list({ ...v2, "start-after": "y", "continuation-token": token, "max-keys": "2" });

    expect([after.all("Key"), after.one("StartAfter"), after.one("KeyCount")]).toEqual([
      ["dir/sub/3", "e+f g", "z"],
      "dir/2",
      "3",
    ]);
    expect([both.all("Key"), both.one("ContinuationToken")]).toEqual([["dir/1", "dir/2"], token]);
  });

  test("counts keys and prefixes", async () => {
    expect((await list({ ...v2, delimiter: "/" })).one("KeyCount")).toBe("4");
  });

  test("refuses a token of another listing, a changed and a made-up one", async () => {
    const first = await list({ ...v2, prefix: "dir/", "max-keys": "1" });
    const token = first.one("NextContinuationToken") ?? "";
    const changed = `${token.slice(0, 5)}${token[5] === "A" ? "B" : "A"}${token.slice(6)}`;

    const answers = await Promise.all([
      list({ ...v2, "continuation-token": token }),
      list({ ...v2, prefix: "dir/", delimiter: "/", "continuation-token": token }),
      list({ ...v2, prefix: "dir/", "continuation-token": token }, "many"),
      list({ ...v2, prefix: "dir/", "continuation-token": changed }),
      list({ ...v2, prefix: "dir/", "continuation-token": "dir/1" }),
    ]);

    expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual(Array(5).fill("400 InvalidArgument"));
  });

  test("sees each write and each delete at once", async () => {
    for (let round = 0; round < 5; round += 1) {
      await s3.call({ method: "PUT", path: objectPath("empty", `now-${round}`), body: "x" });
      expect((await list(v2, "empty")).all("Key")).toEqual([`now-${round}`]);
      await s3.call({ method: "DELETE", path: objectPath("empty", `now-${round}`) });
      expect((await list(v2, "empty")).all("Key")).toEqual([]);
    }
  });
});
