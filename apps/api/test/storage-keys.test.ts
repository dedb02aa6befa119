import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { rawCall } from "./support/raw-call.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

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
  "..",
  "../up",
  "a/../b",
  "./here",
  ".",
  "é composed",
  "e\u0301 decomposed",
  "日本語/ключ",
  "emoji 😀",
  "?versionId=null",
  "a?b#c&d=e;f",
  "quotes \"'`<>[]{}|\\^~",
  "!'()*$:@,",
  "tab\tnewline\nreturn\r",
  "\u0001\u001f\u007f",
  "confirm-upload",
  "a/confirm-upload",
  "__proto__",
  "k".repeat(1024),
  "é".repeat(512),
];

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
  await api.call("/api/storage/buckets", { method: "POST", json: { name: "keys" } });
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

/** With slashes as they are, and with all of it escaped, as generated clients do. */
const spellings = {
  "slashes as they are": (key: string) => key.split("/").map(encodeURIComponent).join("/"),
  "slashes escaped": encodeURIComponent,
};
const path = "/api/storage/buckets/keys";

test.each(keys.map((key) => [JSON.stringify(key).slice(0, 40), key]))(
  "the key %s is the same in S3 and REST",
  async (_, key) => {
    for (const [name, spell] of Object.entries(spellings)) {
      const put = await rawCall(api, `${path}/objects/${spell(key)}`, { method: "PUT", body: `${name} of ${key}` });
      expect([put.status, put.body?.data?.key]).toEqual([200, key]);

      const got = await s3.send(new GetObjectCommand({ Bucket: "keys", Key: key }));
      expect(await got.Body?.transformToString()).toBe(`${name} of ${key}`);

      await s3.send(
        new PutObjectCommand({ Bucket: "keys", Key: key, Body: `back: ${key}`, ContentType: "text/plain" }),
      );
      const read = await rawCall(api, `${path}/objects/${spell(key)}`);
      expect([read.status, read.bytes.toString()]).toEqual([200, `back: ${key}`]);
      const { body } = await rawCall(api, `${path}/metadata/objects/${spell(key)}`);
      expect([body.data.key, body.data.contentType]).toEqual([key, "text/plain"]);

      const json = { method: "POST", headers: { "content-type": "application/json" } };
      const confirmed = await rawCall(api, `${path}/objects/${spell(key)}/confirm-upload`, { ...json, body: "{}" });
      expect([confirmed.status, confirmed.body.data?.key]).toEqual([200, key]);
      const { body: download } = await rawCall(api, `${path}/download-strategy/objects/${spell(key)}`);
      const answer = await fetchRaw(download.data.url);
      expect(answer).toBe(`back: ${key}`);

      const copied = await rawCall(api, `${path}/copy`, {
        ...json,
        body: JSON.stringify({ key, toKey: "copies/of", overwrite: true }),
      });
      expect([copied.status, copied.body.code]).toEqual([201, undefined]);
    }
  },
);

test("lists have every key once, in S3 and REST, and prefixes are byte-exact", async () => {
  const { body } = await api.call(`${path}/objects?limit=1000`);
  const listed = body.data.map(({ key }: { key: string }) => key);
  expect(listed.toSorted()).toEqual([...keys, "copies/of"].toSorted());
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: "keys" }));
  expect(KeyCount).toBe(keys.length + 1);

  const { body: below } = await api.call(`${path}/objects?prefix=${encodeURIComponent("a//")}&delimiter=/`);
  expect([below.data, below.prefixes]).toEqual([[], ["a//b/"]]);
});

test("a batch deletes each of them, and says so in order", async () => {
  const { status, body } = await api.call(`${path}/objects`, { method: "DELETE", json: { keys } });

  expect(status).toBe(200);
  expect(body.data.results).toEqual(keys.map((key) => ({ key, versionId: null, status: "deleted", code: null })));
  const left = await api.call(`${path}/objects`);
  expect(left.body.data.map(({ key }: { key: string }) => key)).toEqual(["copies/of"]);
});

test.each([
  ["no UTF-8", "%ff", 400],
  ["half an escape", "a%2", 400],
  ["one byte too many", "k".repeat(1025), 404],
  ["nothing", "", 404],
  ["bytes that are not escaped", "é", 400],
  ["a fragment", "a#b", 400],
])("a key of %s is refused", async (_, key, status) => {
  const answer = await rawCall(api, `${path}/objects/${Buffer.from(key).toString("latin1")}`, {
    method: "PUT",
    body: "x",
  });
  expect(answer.status).toBe(status);
});

/** `fetch` would remove dot segments. */
async function fetchRaw(url: string): Promise<string> {
  const [, origin = "", target = ""] = /^(http:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  const answer = await rawCall({ ...api, endpoint: origin, token: "" }, target, { headers: { authorization: "" } });
  return answer.bytes.toString();
}
