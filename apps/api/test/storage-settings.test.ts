import { GetBucketCorsCommand, GetBucketLifecycleConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 2 });
  api = await startApi(gateway);
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
  for (const json of [{ name: "tuned" }, { name: "locked", objectLock: true }]) {
    await api.call("/api/storage/buckets", { method: "POST", json });
  }
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

const tuned = "/api/storage/buckets/tuned";
const allow = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: "arn:aws:s3:::tuned/*",
};

const settings: readonly [path: string, value: object, other: object][] = [
  [
    "policy",
    { Version: "2012-10-17", Statement: [allow] },
    { Version: "2012-10-17", Statement: [{ ...allow, Sid: "x" }] },
  ],
  [
    "cors",
    {
      rules: [{ id: "web", allowedMethods: ["GET", "PUT"], allowedOrigins: ["https://a.example"], maxAgeSeconds: 60 }],
    },
    { rules: [{ allowedMethods: ["GET"], allowedOrigins: ["*"], allowedHeaders: ["*"], exposeHeaders: ["etag"] }] },
  ],
  [
    "lifecycle",
    {
      rules: [
        { id: "old", status: "Enabled", filter: { prefix: "logs/" }, expiration: { days: 7 } },
        {
          id: "rest",
          status: "Disabled",
          filter: { and: { prefix: "a", tags: [{ key: "k", value: "v" }] } },
          noncurrentVersionExpiration: { noncurrentDays: 3, newerNoncurrentVersions: 2 },
        },
      ],
    },
    {
      rules: [
        { id: "d", status: "Enabled", filter: { prefix: "" }, expiration: { date: "2040-01-01T00:00:00.000Z" } },
        {
          id: "u",
          status: "Enabled",
          filter: { prefix: "" },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
  ],
  ["tags", { tags: { team: "storage" } }, { tags: { team: "other", "a b": "c/d" } }],
  ["public-access-block", block(true), block(false)],
  ["ownership", { objectOwnership: "BucketOwnerEnforced" }, { objectOwnership: "ObjectWriter" }],
  [
    "encryption",
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false }] },
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false }] },
  ],
  [
    "website",
    { indexDocument: { suffix: "index.html" }, errorDocument: { key: "404.html" } },
    {
      indexDocument: { suffix: "i.html" },
      routingRules: [{ condition: { keyPrefixEquals: "old/" }, redirect: { replaceKeyPrefixWith: "new/" } }],
    },
  ],
  ["logging", { targetBucket: "tuned", targetPrefix: "log/" }, { targetBucket: "tuned", targetPrefix: "other/" }],
];

function block(isOn: boolean) {
  return {
    blockPublicAcls: isOn,
    ignorePublicAcls: isOn,
    blockPublicPolicy: isOn,
    restrictPublicBuckets: isOn,
  };
}

describe("a setting of a bucket", () => {
  test.each(settings)("%s is written, read, changed by its ETag and taken away", async (path, value, other) => {
    const at = `${tuned}/${path}`;
    const call = (method: string, json?: object, etag?: string | null) =>
      api.call(at, { method, ...(json && { json }), ...(etag && { headers: { "if-match": etag } }) });
    await call("DELETE");
    const absent = await call("GET");
    expect([absent.status, absent.body.data]).toEqual([200, null]);

    const written = await call("PUT", value);
    expect([written.status, written.body]).toEqual([200, { data: value }]);
    const read = await call("GET");
    expect([read.body.data, read.headers.get("etag")]).toEqual([value, written.headers.get("etag")]);

    const changed = await call("PUT", other, read.headers.get("etag"));
    expect([changed.status, changed.body.data]).toEqual([200, other]);
    const stale = await call("PUT", value, absent.headers.get("etag"));
    expect([stale.status, stale.body.code]).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await call("DELETE", undefined, absent.headers.get("etag"))).status).toBe(412);
    expect((await call("PUT", { ...value, Nonsense: 1, nonsense: 1 })).status).toBe(400);

    expect((await call("DELETE")).status).toBe(204);
    expect((await call("GET")).body.data).toBeNull();
  });

  test("versioning is switched on, and not away again", async () => {
    expect((await api.call(`${tuned}/versioning`)).body.data).toBeNull();
    for (const status of ["Enabled", "Suspended"]) {
      const { body } = await api.call(`${tuned}/versioning`, { method: "PUT", json: { status } });
      expect(body.data).toEqual({ status });
    }
    expect((await api.call(`${tuned}/versioning`, { method: "DELETE" })).status).toBe(405);
    const locked = await api.call("/api/storage/buckets/locked/versioning", {
      method: "PUT",
      json: { status: "Suspended" },
    });
    expect([locked.status, locked.body.code]).toEqual([409, "CONFLICT"]);
  });

  test("object lock has a default retention where there is object lock", async () => {
    const path = "/api/storage/buckets/locked/object-lock";
    const defaultRetention = { mode: "GOVERNANCE", days: 3 };
    expect((await api.call(path)).body.data).toEqual({ defaultRetention: null });
    expect((await api.call(path, { method: "PUT", json: { defaultRetention } })).body.data).toEqual({
      defaultRetention,
    });
    expect((await api.call(path, { method: "PUT", json: { defaultRetention: null } })).status).toBe(200);
    expect((await api.call(`${tuned}/object-lock`)).body.data).toBeNull();
  });

  test("notifications and replication are none at first, and refused without a receiver", async () => {
    const wrong = [
      ["notifications", { queueConfigurations: [{ queueArn: "arn:aws:sqs:a:b:c", events: ["s3:ObjectCreated:*"] }] }],
      ["replication", { role: "r", rules: [{ status: "Enabled", destination: { bucket: "arn:aws:s3:::nowhere" } }] }],
    ] as const;
    for (const [path, json] of wrong) {
      expect((await api.call(`${tuned}/${path}`)).body.data).toBeNull();
      const { status, body } = await api.call(`${tuned}/${path}`, { method: "PUT", json });
      expect([path, status, body.code]).toEqual([path, 400, "INVALID_REQUEST"]);
      expect((await api.call(`${tuned}/${path}`, { method: "DELETE" })).status).toBe(204);
    }
  });

  test("is the same document that S3 clients read", async () => {
    const cors = { rules: [{ id: "web", allowedMethods: ["GET"], allowedOrigins: ["https://a.example"] }] };
    await api.call(`${tuned}/cors`, { method: "PUT", json: cors });
    const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket: "tuned" }));
    expect(CORSRules).toEqual([{ ID: "web", AllowedMethods: ["GET"], AllowedOrigins: ["https://a.example"] }]);
    const rules = [{ id: "x", status: "Enabled", filter: { prefix: "p/" }, expiration: { days: 2 } }];
    await api.call(`${tuned}/lifecycle`, { method: "PUT", json: { rules } });
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: "tuned" }));
    expect(Rules).toEqual([{ ID: "x", Status: "Enabled", Filter: { Prefix: "p/" }, Expiration: { Days: 2 } }]);
  });

  test("that S3 refuses says why", async () => {
    const policy = { Version: "2012-10-17", Statement: [{ ...allow, Action: "s3:Nonsense" }] };
    const { status, body } = await api.call(`${tuned}/policy`, { method: "PUT", json: policy });
    expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(body.detail).toMatch(/^MalformedPolicy: /);
    await api.call(`${tuned}/public-access-block`, { method: "PUT", json: block(true) });
    const open = await api.call(tuned, { method: "PATCH", json: { visibility: "public-read" } });
    expect([open.status, open.body.code, open.body.detail]).toEqual([
      409,
      "CONFLICT",
      "The public access block of the bucket refuses public policies.",
    ]);
    expect((await api.call("/api/storage/buckets/not-there/cors")).status).toBe(404);
  });
});

describe("a dry run of lifecycle rules", () => {
  const plan = (json: object) => api.call(`${tuned}/lifecycle/plan`, { method: "POST", json });
  const inTenYears = new Date(Date.now() + 3650 * 86_400_000).toISOString();

  test("says what rules would do that are not put yet, and does nothing", async () => {
    await api.call(`${tuned}/objects/logs/a`, { method: "PUT", body: "x" });
    await api.call(`${tuned}/lifecycle`, { method: "DELETE" });
    const rules = [{ id: "gone", status: "Enabled", filter: { prefix: "logs/" }, expiration: { days: 7 } }];

    const { status, body } = await plan({ rules, at: inTenYears });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ total: 1, entries: [{ key: "logs/a", ruleId: "gone" }] });
    expect((await plan({ rules })).body.data).toEqual({ entries: [], total: 0 });
    expect((await plan({ at: inTenYears })).body.data).toEqual({ entries: [], total: 0 });
    expect((await api.call(`${tuned}/objects/logs/a`)).body).toBe("x");
    expect((await api.call(`${tuned}/lifecycle`)).body.data).toBeNull();
  });

  test("refuses what S3 would refuse, and buckets that are not there", async () => {
    const rules = [{ id: "x", status: "Enabled", filter: { prefix: "a" }, expiration: {} }];
    expect((await plan({ rules })).body.code).toBe("INVALID_REQUEST");
    expect((await plan({ at: "yesterday" })).status).toBe(400);
    const lost = await api.call("/api/storage/buckets/not-there/lifecycle/plan", { method: "POST", json: {} });
    expect([lost.status, lost.body.code]).toEqual([404, "NOT_FOUND"]);
  });
});

test("a quota is kept by every process from the next upload on, and lifted again", async () => {
  await api.call("/api/storage/buckets", { method: "POST", json: { name: "narrow" } });
  const path = "/api/storage/buckets/narrow";
  const put = (json: object, headers = {}) => api.call(`${path}/quota`, { method: "PUT", json, headers });
  const upload = (key: string) => api.call(`${path}/objects/${key}`, { method: "PUT", body: "12345" });
  const none = await api.call(`${path}/quota`);
  expect(none.body.data).toEqual({
    maxSizeBytes: null,
    maxVersions: null,
    usage: { objects: 0, versions: 0, sizeBytes: 0 },
  });
  expect((await upload("a")).status).toBe(200);

  const limited = await put({ maxSizeBytes: 9, maxVersions: null });
  expect(limited.body.data).toMatchObject({ maxSizeBytes: 9, usage: { objects: 1, sizeBytes: 5 } });
  for (const key of ["b", "c", "d", "e"]) {
    const { status, body } = await upload(key);
    expect([status, body.code]).toEqual([409, "CONFLICT"]);
  }
  const stale = await put({ maxSizeBytes: 1, maxVersions: 1 }, { "if-match": none.headers.get("etag") });
  expect([stale.status, stale.body.code]).toEqual([412, "PRECONDITION_FAILED"]);
  expect((await put({ maxSizeBytes: -1, maxVersions: null })).status).toBe(400);
  expect(
    (await put({ maxSizeBytes: null, maxVersions: null }, { "if-match": limited.headers.get("etag") })).status,
  ).toBe(200);
  expect((await upload("b")).status).toBe(200);
  expect((await api.call("/api/storage/buckets/not-there/quota")).body.code).toBe("NOT_FOUND");
});
