import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, objectPath, type S3Client } from "./support/s3-client.ts";

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
  count += 1;
  bucket = `renaming-${count}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}/old`, body: "old", headers: { "x-amz-tagging": "a=b" } });
});

type Headers = Readonly<Record<string, string>>;

const rename = (key: string, source: string, headers: Headers = {}) =>
  s3.call({
    method: "PUT",
    path: objectPath(bucket, key),
    query: { renameObject: "" },
    headers: { "x-amz-rename-source": source, ...headers },
  });
const read = (key: string, headers: Headers = {}) => s3.call({ path: objectPath(bucket, key), headers });

test("gives an object another key with all it has", async () => {
  const { headers: before } = await read("old");

  const answer = await rename("new/name", "old", { "x-amz-client-token": "0b3c" });

  expect([answer.status, answer.text]).toEqual([200, ""]);
  const { headers: after, text } = await read("new/name");
  for (const name of ["etag", "last-modified", "content-type", "x-amz-tagging-count"]) {
    expect(after[name]).toBe(before[name]);
  }
  expect([text, (await read("old")).code]).toEqual(["old", "NoSuchKey"]);
});

test.each([
  ["old", "old"],
  ["BUCKET/old", "old"],
  ["a%20b%2Bc+d/%C3%A9", "a b+c+d/é"],
  ["BUCKET/a%20b%2Bc+d/%C3%A9", "a b+c+d/é"],
])("reads the source %s as the key %j", async (source, key) => {
  await s3.call({ method: "PUT", path: objectPath(bucket, key), body: key });

  expect((await rename("new", source.replace("BUCKET", `/${bucket}`))).status).toBe(200);

  expect((await read("new")).text).toBe(key);
});

test.each([
  ["", "InvalidArgument"],
  ["/old", "InvalidArgument"],
  ["/elsewhere/old", "InvalidArgument"],
  ["%", "InvalidArgument"],
  ["%ff", "InvalidArgument"],
  ["k".repeat(1025), "InvalidArgument"],
  ["folder/", "InvalidRequest"],
  ["never", "NoSuchKey"],
])("refuses the source %.20j", async (source, code) => {
  expect((await rename("new", source)).code).toBe(code);
  expect((await read("new")).code).toBe("NoSuchKey");
  expect((await rename("new/", "old")).code).toBe("InvalidRequest");
});

const etag = (text: string) => `"${md5(text)}"`;
const past = "Mon, 01 Jan 2024 00:00:00 GMT";

test.each([
  [{ "if-none-match": "*" }, "PreconditionFailed"],
  [{ "if-match": etag("old") }, "PreconditionFailed"],
  [{ "if-unmodified-since": past }, "PreconditionFailed"],
  [{ "x-amz-rename-source-if-match": etag("new") }, "PreconditionFailed"],
  [{ "x-amz-rename-source-if-none-match": etag("old") }, "PreconditionFailed"],
  [{ "x-amz-rename-source-if-unmodified-since": past }, "PreconditionFailed"],
] as const)("replaces nothing when %j fails", async (headers, code) => {
  await s3.call({ method: "PUT", path: `/${bucket}/new`, body: "new" });

  const answer = await rename("new", "old", headers);

  expect([answer.status, answer.code]).toEqual([412, code]);
  expect([(await read("new")).text, (await read("old")).text]).toEqual(["new", "old"]);
});

test.each([
  [{ "if-match": etag("new") }],
  [{ "if-modified-since": past }],
  [{ "x-amz-rename-source-if-match": etag("old"), "x-amz-rename-source-if-modified-since": past }],
  [{}],
])("replaces what is there with %j", async (headers) => {
  await s3.call({ method: "PUT", path: `/${bucket}/new`, body: "new" });

  expect((await rename("new", "old", headers)).status).toBe(200);

  expect((await read("new")).text).toBe("old");
});

test("is not meant by the source alone, which would be lost", async () => {
  await s3.call({ method: "PUT", path: `/${bucket}/new`, body: "new" });

  const answer = await s3.call({ method: "PUT", path: `/${bucket}/new`, headers: { "x-amz-rename-source": "old" } });

  expect([answer.status, answer.code, (await read("new")).text]).toEqual([501, "NotImplemented", "new"]);
});

test("is refused where there are versions", async () => {
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await s3.call({ method: "PUT", path: `/${bucket}`, query: { versioning: "" }, body });

  const answer = await rename("new", "old");

  expect([answer.status, answer.code]).toEqual([409, "InvalidBucketState"]);
  expect((await read("old")).text).toBe("old");
});
