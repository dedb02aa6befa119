import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { bob } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let buckets = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  buckets += 1;
  bucket = `attributes-${buckets}`;
});

async function create(headers: Readonly<Record<string, string>> = {}): Promise<void> {
  await s3.call({ method: "PUT", path: `/${bucket}`, headers });
}

async function allow(...statements: readonly object[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const whole = statements.map((it) => ({ Effect: "Allow", Principal: "*", Resource, ...it }));
  const body = JSON.stringify({ Version: "2012-10-17", Statement: whole });
  expect((await s3.call({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body })).status).toBe(204);
}

const asBob = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/k`, account: bob, ...request });
const shown = ({ status, code }: S3Answer) => [status, code];
const denied = [403, "AccessDenied"];

function withDigest(body: string): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  return { body, headers: { "content-md5": Buffer.from(md5(body), "hex").toString("base64") } };
}

test("security S9: a bypass of governance that is denied does not work, for the owner either", async () => {
  await create({ "x-amz-bucket-object-lock-enabled": "true" });
  await allow({ Action: "s3:*" }, { Effect: "Deny", Action: "s3:BypassGovernanceRetention" });
  const until = new Date(Date.now() + 1e8).toISOString();
  const { body, headers } = withDigest("kept");
  const lock = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until };
  const written = await s3.call({ method: "PUT", path: `/${bucket}/k`, body, headers: { ...headers, ...lock } });
  const query = { versionId: written.headers["x-amz-version-id"] ?? "" };
  const bypass = { "x-amz-bypass-governance-retention": "true" };
  const retention = withDigest("<Retention/>");

  const path = `/${bucket}/k`;
  expect(shown(await s3.call({ method: "DELETE", path, query, headers: bypass }))).toEqual(denied);
  expect(shown(await asBob({ method: "DELETE", query, headers: bypass }))).toEqual(denied);
  const lift = { method: "PUT", query: { retention: "" }, ...retention, headers: { ...retention.headers, ...bypass } };
  expect(shown(await asBob(lift))).toEqual(denied);
  expect(shown(await asBob({ query }))).toEqual([200, undefined]);
});

test("who renames must be allowed to read and delete the source, and to write the destination", async () => {
  await create();
  const rename = (key: string) =>
    asBob({
      method: "PUT",
      path: `/${bucket}/${key}`,
      query: { renameObject: "" },
      headers: { "x-amz-rename-source": "k" },
    });
  await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "one" });
  const all = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"];

  for (const missing of all) {
    await allow({ Action: all.filter((action) => action !== missing) });
    expect(shown(await rename("mine/new"))).toEqual(denied);
  }
  expect((await s3.call({ path: `/${bucket}/k` })).text).toBe("one");
  await allow({ Action: all });
  expect(shown(await rename("mine/new"))).toEqual([200, undefined]);
  expect(shown(await rename("mine/again"))).toEqual(denied); // who may not list does not learn that it is gone
});

test("tags in a document are those that a policy asks about", async () => {
  await create();
  await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "one" });
  const Condition = { StringEquals: { "s3:RequestObjectTag/kind": "public" } };
  await allow({ Action: "s3:PutObjectTagging", Condition });
  const tag = (value: string) =>
    asBob({
      method: "PUT",
      query: { tagging: "" },
      body: `<Tagging><TagSet><Tag><Key>kind</Key><Value>${value}</Value></Tag></TagSet></Tagging>`,
    });

  expect(shown(await tag("secret"))).toEqual(denied);
  expect(shown(await tag("public"))).toEqual([200, undefined]);
  expect(shown(await asBob({ query: { tagging: "" } }))).toEqual(denied);
});
