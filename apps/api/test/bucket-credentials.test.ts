import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Permission } from "@stave/api-contract";
import { type ControlDatabase, openControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bucketCases } from "../../gateway/test/isolation/bucket-cases.ts";
import type { Case } from "../../gateway/test/isolation/case.ts";
import { expectedReach } from "../../gateway/test/isolation/expected.ts";
import { objectCases } from "../../gateway/test/isolation/object-cases.ts";
import { createS3Client, type S3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../src/auth/api-token.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const path = "/api/storage/buckets/photos/credentials";

let gateway: TestGateway;
let api: TestApi;
let database: ControlDatabase;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway();
  api = await startApi(gateway);
  database = await openControlDatabase({ at: { file: join(gateway.dataDirectory, "control.sqlite") } });
  s3 = createS3Client(gateway);
  for (const bucket of ["photos", "other"]) {
    await s3.call({ method: "PUT", path: `/${bucket}` });
    for (const key of ["2026/a", "2025/a"]) await s3.call({ method: "PUT", path: `/${bucket}/${key}`, body: "hello" });
  }
}, 30_000);
afterAll(async () => {
  await database?.close();
  await api?.stop();
  await gateway?.stop();
});

const create = async (json: object = {}, at = path) => (await api.call(at, { method: "POST", json })).body.data;
type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };
const accountOf = ({ accessKeyId, secretAccessKey }: Pair) => ({ ...ann, accessKeyId, secretAccessKey });

async function tokenWith(...granted: readonly Permission[]): Promise<string> {
  const { token, tokenHash } = createApiToken();
  await database.as("test").apiTokens.insert({ tokenHash, name: "t", permissions: granted, createdAt: new Date() });
  return token;
}

test("a credential is issued for a bucket, listed without its secret, and revealed on record", async () => {
  const made = await create({ description: "app" });

  const { secretAccessKey, ...shown } = made;
  expect(shown).toEqual({
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    bucket: "photos",
    accessKeyId: expect.stringMatching(/^AKIA/),
    description: "app",
    access: "read-write",
    prefix: null,
    endpoint: gateway.endpoint,
    region: "us-east-1",
    createdAt: expect.any(String),
    expiresAt: null,
    lastUsedAt: null,
    replacedBy: null,
  });
  const list = await api.call(path);
  const one = await api.call(`${path}/${made.id}`);
  expect([list.body.data[0], one.body.data]).toEqual([shown, shown]);
  const people = await api.call("/api/storage/s3/access-keys");
  expect(people.body.data).toEqual([]);
  const asPersons = await api.call(`/api/storage/s3/access-keys/${made.id}`, { method: "DELETE" });
  expect(asPersons.body.code).toBe("S3_ACCESS_KEY_NOT_FOUND");

  const revealed = await api.call(`${path}/${made.id}/secret`);
  expect(revealed.body.data).toEqual(made);
  expect(revealed.headers.get("cache-control")).toBe("no-store");
  const audit = await database.audit.list();
  expect(audit.find(({ action }) => action === "access-key:reveal")).toMatchObject({
    actor: "token:administrator",
    subject: made.accessKeyId,
    details: { id: made.id, bucket: "photos", as: "secret" },
  });
  expect(JSON.stringify([list.body, one.body, audit]) + api.log() + gateway.log()).not.toContain(secretAccessKey);
});

describe("a read-write credential, with every operation of S3:", () => {
  let pair: Pair;
  const uploadIds = new Map<string, string>();
  beforeAll(async () => {
    pair = await create();
    for (const bucket of ["photos", "other"]) {
      const begun = await s3.call({ method: "POST", path: `/${bucket}/2026/upload`, query: { uploads: "" } });
      uploadIds.set(bucket, begun.all("UploadId")[0] ?? "");
    }
  });
  const at = (place: "inside" | "elsewhere") => {
    const bucket = place === "inside" ? "photos" : "other";
    const insideUploadId = uploadIds.get("photos") ?? "";
    const upload = { uploadId: uploadIds.get(bucket) ?? "", partEtag: '"b"', insideUploadId };
    const object = { key: "2026/a", path: `/${bucket}/2026/a`, versionId: "null", etag: '"a"' };
    return { place, bucket, prefix: "2026/", ...object, ...upload };
  };
  const cases = Object.entries<readonly Case[]>({ ...bucketCases, ...objectCases }).flatMap(([operation, list]) =>
    list.map((it) => ({ it, title: it.variant === undefined ? operation : `${operation}, ${it.variant}` })),
  );

  test.each(cases)("$title is refused outside of the five actions and of the bucket", async ({ it }) => {
    const isAllowedInside = expectedReach(it.class, "bucket-write") === "bucket";
    const places = it.places.filter((place) => place === "elsewhere" || (place === "inside" && !isAllowedInside));
    for (const place of places) {
      if (place === "beside") continue;
      const target = at(place);
      const account = accountOf(pair);
      for (const request of it.before ?? []) await s3.call(request(target));
      const answer = await (it.send?.(s3, target, account) ?? s3.call({ ...it.request(target), account }));
      const isList = it.refusesKeys === true && answer.status === 200;
      expect(isList ? answer.all("Code") : answer.status, `${place}: ${answer.text}`).toEqual(
        isList ? ["AccessDenied"] : 403,
      );
    }
  });

  test("reads, writes, deletes, lists and locates in the bucket, in parts as well", async () => {
    const ask = (request: Parameters<S3Client["call"]>[0]) => s3.call({ ...request, account: accountOf(pair) });

    const put = await ask({ method: "PUT", path: "/photos/mine", body: "x" });
    const read = await ask({ path: "/photos/mine" });
    const list = await ask({ path: "/photos", query: { "list-type": "2" } });
    const location = await ask({ path: "/photos", query: { location: "" } });
    const begun = await ask({ method: "POST", path: "/photos/big", query: { uploads: "" } });
    const uploadId = begun.all("UploadId")[0] ?? "";
    const part = await ask({ method: "PUT", path: "/photos/big", query: { uploadId, partNumber: "1" }, body: "y" });
    const parts = await ask({ path: "/photos/big", query: { uploadId } });
    const abort = await ask({ method: "DELETE", path: "/photos/big", query: { uploadId } });
    const gone = await ask({ method: "DELETE", path: "/photos/mine" });

    const statuses = [put, read, list, location, begun, part, parts, abort, gone].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 204, 204]);
  });
});

test("a credential may say that a new object is private, and set no other ACL, nor one of what is there", async () => {
  const account = accountOf(await create());
  const put = (acl: string, query: Record<string, string> = {}) =>
    s3.call({ method: "PUT", path: "/photos/acl", query, headers: { "x-amz-acl": acl }, body: "", account });

  expect((await put("private")).status).toBe(200);
  for (const acl of ["public-read", "bucket-owner-full-control"]) expect((await put(acl)).code).toBe("AccessDenied");
  expect((await put("private", { acl: "" })).code).toBe("AccessDenied");
});

test("a read-only one writes nothing, and one with a prefix reaches nothing beside it", async () => {
  const reader = await create({ access: "read-only" });
  const narrow = await create({ prefix: "2026/" });
  const ask = (pair: Pair, method: string, at: string) =>
    s3.call({ method, path: at, body: method === "PUT" ? "x" : "", account: accountOf(pair) });

  expect(narrow).toMatchObject({ access: "read-write", prefix: "2026/" });
  expect((await ask(reader, "GET", "/photos/2026/a")).status).toBe(200);
  expect((await ask(reader, "PUT", "/photos/2026/x")).code).toBe("AccessDenied");
  expect((await ask(reader, "DELETE", "/photos/2026/a")).code).toBe("AccessDenied");
  expect((await ask(narrow, "PUT", "/photos/2026/x")).status).toBe(200);
  const account = accountOf(reader);
  for (const name of ["policy", "acl", "versions", "uploads", "versioning", "lifecycle", "tagging", "cors"]) {
    expect([name, (await s3.call({ path: "/photos", query: { [name]: "" }, account })).code]).toEqual([
      name,
      "AccessDenied",
    ]);
  }
  for (const query of [{ acl: "" }, { tagging: "" }, { versionId: "null" }, { attributes: "" }]) {
    const headers = { "x-amz-object-attributes": "ETag" };
    const answer = await s3.call({ path: "/photos/2026/a", query, headers, account });
    expect([query, answer.code]).toEqual([query, "AccessDenied"]);
  }
  expect((await s3.call({ path: "/photos", query: { "list-type": "2" }, account })).status).toBe(200);
  expect((await s3.call({ path: "/photos", query: { location: "" }, account })).status).toBe(200);
  expect((await ask(narrow, "GET", "/photos/2025/a")).code).toBe("AccessDenied");
  expect((await ask(narrow, "GET", "/other/2026/a")).code).toBe("AccessDenied");
});

describe("a credential is not shown", () => {
  test("to who may not reveal secrets, or may do less than it", async () => {
    const { id } = await create();
    const blind = await tokenWith("keys:read", "storage:read", "storage:write");
    const reader = await tokenWith("keys:read", "storage:read", "secrets:reveal");

    for (const token of [blind, reader]) {
      for (const what of ["secret", "manifest"]) {
        const { status, body } = await api.call(`${path}/${id}/${what}`, { token });
        expect([status, body.code]).toEqual([403, "PERMISSION_DENIED"]);
      }
      const made = await api.call(path, { method: "POST", token, json: { access: "read-only" } });
      expect(made.status).toBe(403);
    }
  });

  test("when that cannot be written down", async () => {
    const { id, secretAccessKey } = await create();
    const direct = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    direct.exec(
      "create trigger full before insert on audit when new.action = 'access-key:reveal' begin select raise(abort, 'full'); end",
    );
    try {
      for (const what of ["secret", "manifest"]) {
        const { status, body } = await api.call(`${path}/${id}/${what}`);
        expect([status, body.code]).toEqual([500, "INTERNAL_ERROR"]);
        expect(JSON.stringify(body)).not.toContain(secretAccessKey);
      }
    } finally {
      direct.exec("drop trigger full");
      direct.close();
    }
    expect(api.log()).not.toContain(secretAccessKey);
    expect((await api.call(`${path}/${id}/secret`)).status).toBe(200);
  });
});

test("rotation overlaps; after a revocation nothing opens, at once", async () => {
  const before = await create({ access: "read-only" });
  const rotated = await api.call(`${path}/${before.id}/rotate`, { method: "POST", json: { graceSeconds: 600 } });

  expect([rotated.status, rotated.body.data.access]).toEqual([201, "read-only"]);
  const get = (pair: Pair) => s3.call({ path: "/photos/2026/a", account: accountOf(pair) });
  for (const pair of [before, rotated.body.data]) expect((await get(pair)).status).toBe(200);
  expect((await api.call(`${path}/${before.id}`)).body.data.replacedBy).toBe(rotated.body.data.accessKeyId);

  for (const { id } of [before, rotated.body.data]) {
    expect((await api.call(`${path}/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await api.call(`${path}/${id}/secret`)).body.code).toBe("S3_ACCESS_KEY_NOT_FOUND");
  }
  for (const pair of [before, rotated.body.data]) expect((await get(pair)).code).toBe("InvalidAccessKeyId");
});

describe("when a bucket was deleted over S3, and made again,", () => {
  const at = "/api/storage/buckets/short-lived/credentials";
  const list = (pair: Pair) => s3.call({ path: "/short-lived", account: accountOf(pair) });

  test("a credential of the earlier one opens nothing, is not listed, and is revoked", async () => {
    await s3.call({ method: "PUT", path: "/short-lived" });
    const old = await create({}, at);
    expect((await list(old)).status).toBe(200);

    await s3.call({ method: "DELETE", path: "/short-lived" });
    expect((await list(old)).code).toBe("NoSuchBucket");
    expect((await api.call(at)).status).toBe(404);
    await s3.call({ method: "PUT", path: "/short-lived" });

    expect((await list(old)).code).toBe("AccessDenied");
    const put = { method: "PUT", path: "/short-lived/a", account: accountOf(old) };
    expect((await s3.call(put)).code).toBe("AccessDenied");
    expect((await api.call(at)).body.data).toEqual([]);
    expect((await api.call(`${at}/${old.id}/secret`)).body.code).toBe("S3_ACCESS_KEY_NOT_FOUND");
    const made = await create({}, at);
    expect((await list(old)).code).toBe("InvalidAccessKeyId");
    expect((await list(made)).status).toBe(200);
  });

  test("those of buckets that are gone are revoked at the next start, and every ten minutes", async () => {
    const made = await create({}, at);
    const stays = await create();
    await s3.call({ method: "DELETE", path: "/short-lived" });

    const sweeping = await startApi(gateway, { token: api.token });

    await vi.waitFor(async () => expect((await list(made)).code).toBe("InvalidAccessKeyId"), { timeout: 10_000 });
    expect((await s3.call({ path: "/photos", account: accountOf(stays) })).status).toBe(200);
    expect(await sweeping.stop()).toBe(0);
  }, 20_000);
});

describe("a manifest", () => {
  test("of Kubernetes has the keys that are expected, names that are taken, and is on record", async () => {
    const { id, accessKeyId, secretAccessKey } = await create();

    const flat = await api.call(`${path}/${id}/manifest?name=My_App.Storage!&namespace=shop`);

    expect(flat.headers.get("cache-control")).toBe("no-store");
    expect(flat.headers.get("content-disposition")).toBe('attachment; filename="my-app-storage.yaml"');
    expect(flat.body).toBe(
      [
        "apiVersion: v1",
        "kind: Secret",
        "metadata:",
        '  name: "my-app-storage"',
        '  namespace: "shop"',
        "  labels:",
        '    app.kubernetes.io/managed-by: "stave"',
        '    stave/bucket: "photos"',
        `    stave/credential: "${id}"`,
        "type: Opaque",
        "stringData:",
        `  ACCESS_KEY: "${accessKeyId}"`,
        `  SECRET_KEY: "${secretAccessKey}"`,
        `  ENDPOINT: "${gateway.endpoint}"`,
        '  REGION: "us-east-1"',
        '  BUCKET: "photos"',
        "",
      ].join("\n"),
    );
    const aws = await api.call(`${path}/${id}/manifest?format=aws`);
    expect(aws.body).toContain(`  AWS_ACCESS_KEY_ID: "${accessKeyId}"\n`);
    expect(aws.body).toContain('  BUCKET_NAME: "photos"\n');
    const obc = await api.call(`${path}/${id}/manifest?format=obc`);
    const [secret, map] = obc.body.split("---\n");
    expect(secret).toContain(`  AWS_SECRET_ACCESS_KEY: "${secretAccessKey}"\n`);
    expect(map).toContain("kind: ConfigMap\n");
    expect(map).toContain(`  BUCKET_PORT: "${gateway.port}"\n`);
    expect(map).not.toContain(secretAccessKey);
    const [entry] = await database.audit.list({ action: "access-key:reveal" });
    expect(entry).toMatchObject({ subject: accessKeyId, details: { id, as: "obc" } });
  });

  test("of variables has those that a service gets", async () => {
    const { id, accessKeyId, secretAccessKey } = await create();

    const json = JSON.parse((await api.call(`${path}/${id}/manifest?format=json`)).body);
    const dotenv = (await api.call(`${path}/${id}/manifest?format=dotenv`)).body;

    expect(json).toEqual({
      S3_ENDPOINT: gateway.endpoint,
      S3_HOST: "127.0.0.1",
      S3_PORT: String(gateway.port),
      S3_ACCESS_KEY: accessKeyId,
      S3_SECRET_KEY: secretAccessKey,
      S3_REGION: "us-east-1",
      S3_BUCKET: "photos",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: gateway.endpoint,
      AWS_ENDPOINT_URL_S3: gateway.endpoint,
    });
    expect(dotenv).toBe(
      Object.entries(json)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
  });

  test.each(["format=xml", "namespace=Not_One", "name=", "other=1"])("%s is refused", async (query) => {
    const { id } = await create();
    expect((await api.call(`${path}/${id}/manifest?${query}`)).status).toBe(400);
  });
});

test.each<[string, string, object, number, string]>([
  ["a bucket that there is not", "/api/storage/buckets/nothing/credentials", {}, 404, "NOT_FOUND"],
  ["a bucket that is the beginning of another", "/api/storage/buckets/phot/credentials", {}, 404, "NOT_FOUND"],
  ["what is no bucket", "/api/storage/buckets/NO/credentials", {}, 404, "NOT_FOUND"],
  ["a wider access", path, { access: "full" }, 400, "INVALID_REQUEST"],
  ["an empty prefix", path, { prefix: "" }, 400, "INVALID_REQUEST"],
  ["a prefix of half a character", path, { prefix: "\ud800" }, 400, "INVALID_REQUEST"],
  ["a time that has passed", path, { expiresAt: "2020-01-01T00:00:00Z" }, 422, "UNPROCESSABLE"],
])("a credential of %s is refused", async (_, at, json, status, code) => {
  const answer = await api.call(at, { method: "POST", json });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test.each([
  ["when it is deleted", "", 204],
  ["by the job that empties it", "?force=true", 202],
])("credentials end with their bucket, %s", async (_, query, status) => {
  const bucket = `ending-${status}`;
  await api.call("/api/storage/buckets", { method: "POST", json: { name: bucket } });
  const made = await create({}, `/api/storage/buckets/${bucket}/credentials`);

  expect((await api.call(`/api/storage/buckets/${bucket}${query}`, { method: "DELETE" })).status).toBe(status);

  const read = () => s3.call({ path: `/${bucket}`, account: accountOf(made) });
  await expect.poll(async () => (await read()).code, { timeout: 10_000 }).toBe("InvalidAccessKeyId");
});
