import { createHash } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { until } from "./support/jobs-of.ts";
import { addExternal, addStave, clientFor, contentOf, ended, fill, migrate } from "./support/migrating.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { tokenWith } from "./support/token-with.ts";

// Services are carried to others: from another real gateway, to it, and within this one.

let gateway: TestGateway;
let other: TestGateway;
let api: TestApi;
let count = 0;
beforeAll(async () => {
  [gateway, other] = await Promise.all([startGateway({ workers: 1 }), startGateway({ workers: 1 })]);
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await Promise.all([gateway?.stop(), other?.stop()]);
});

const timeout = 60_000;
const path = "/api/external-services";
const unique = (name: string) => {
  count += 1;
  return `${name}-${count}`;
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: Error) => error.name,
  );
const bucketsOf = async (client: S3Client) =>
  ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);

async function link(service: number, json: Readonly<Record<string, unknown>> = {}) {
  const { body: project } = await api.call("/api/projects", { method: "POST", json: { name: unique("App") } });
  const project_id: string = project.data.slug;
  const { body } = await api.call(`${path}/${service}/projects`, { method: "POST", json: { project_id, ...json } });
  await until(async () => (await api.call(`/api/jobs/${body.job_id}`)).body.data.finishedAt ?? undefined);
  return { project: project_id, linkId: String(body.link.id) };
}

async function variablesOf(service: number, project: string): Promise<Record<string, string>> {
  const { body } = await api.call(`${path}/${service}/projects/${project}/environment-file?format=json`);
  return JSON.parse(body);
}

const asApplication = (variables: Record<string, string>) =>
  clientFor(variables.S3_ENDPOINT ?? "", {
    accessKeyId: variables.S3_ACCESS_KEY ?? "",
    secretAccessKey: variables.S3_SECRET_KEY ?? "",
  });

test(
  "carries an external service to one of the built-in engine, with versions, tags, metadata and settings",
  async () => {
    const source = await addExternal(api, other, unique("from"));
    const names = { plain: unique("plain"), versioned: unique("versioned") };
    await fill(source.client, names);
    const Bucket = names.plain;
    const resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: resource }];
    const policy = { Version: "2012-10-17", Statement };
    const block = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    };
    const open = { Bucket, PublicAccessBlockConfiguration: block };
    await source.client.send(new PutPublicAccessBlockCommand(open));
    await source.client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
    const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://a.example"] }];
    await source.client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    const Rules = [{ ID: "old", Status: "Enabled" as const, Filter: { Prefix: "x/" }, Expiration: { Days: 3 } }];
    const lifecycle = { Bucket, LifecycleConfiguration: { Rules } };
    await source.client.send(new PutBucketLifecycleConfigurationCommand(lifecycle));
    const large = Buffer.alloc(17 * 1024 ** 2, "0123456789abcde");
    await source.client.send(new PutObjectCommand({ Bucket, Key: "large", Body: large }));
    const before = await Promise.all(Object.values(names).map((bucket) => contentOf(source.client, bucket)));

    const target = { name: unique("made"), engine: "stave" };
    const done = await ended(api, await migrate(api, source.id, target, { verify: "read" }));

    expect(done).toMatchObject({ state: "completed", problem: null, plan: { fence: "none", blockers: [] } });
    expect(done.report).toMatchObject({ failed: 0, failed_objects: [], objects: 8, delete_markers: 2, verified: 10 });
    const { body: shown } = await api.call(`${path}/${done.target.id}`);
    const { body: secret } = await api.call(`${path}/${done.target.id}/parameters/secret_key`);
    const pair = { accessKeyId: shown.service.access_key, secretAccessKey: secret.value };
    const client = clientFor(gateway.endpoint, pair);
    const after = await Promise.all(Object.values(names).map((bucket) => contentOf(client, bucket)));
    expect(after).toEqual(before);
    expect(JSON.parse((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "")).toEqual(policy);
    expect((await client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toMatchObject(CORSRules);
    expect((await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject(Rules);
    const { PublicAccessBlockConfiguration } = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(PublicAccessBlockConfiguration).toEqual(block);
    const copy = await client.send(new GetObjectCommand({ Bucket, Key: "large" }));
    const hash = createHash("sha256").update((await copy.Body?.transformToByteArray()) ?? "");
    expect(hash.digest("hex")).toBe(createHash("sha256").update(large).digest("hex"));
  },
  timeout,
);

test(
  "moves links with new keys, makes the source read-only, and moves them back",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addExternal(api, other, unique("to"));
    const { project, linkId } = await link(source.id);
    const old = await variablesOf(source.id, project);
    const Bucket = old.S3_BUCKET ?? "";
    await asApplication(old).send(new PutObjectCommand({ Bucket, Key: "k", Body: "before" }));

    const refused = await ended(api, await migrate(api, source.id, target.id));
    expect(refused).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
    expect(refused.problem.detail).toContain("use_service_credentials");
    const done = await ended(api, await migrate(api, source.id, target.id, { use_service_credentials: true }));

    expect(done).toMatchObject({ state: "completed", plan: { fence: "read-only" } });
    expect(done.links).toMatchObject([{ link_id: linkId, service_id: target.id, needs_redeploy: true }]);
    const variables = await variablesOf(target.id, project);
    expect(variables).toMatchObject({ S3_ENDPOINT: other.endpoint, S3_BUCKET: Bucket });
    const read = await asApplication(variables).send(new GetObjectCommand({ Bucket, Key: "k" }));
    expect(await read.Body?.transformToString()).toBe("before");
    const put = new PutObjectCommand({ Bucket, Key: "late", Body: "x" });
    expect(await codeOf(asApplication(old).send(put))).toBe("AccessDenied");
    expect(await codeOf(source.client.send(put))).toBe("AccessDenied");
    expect(await codeOf(asApplication(old).send(new GetObjectCommand({ Bucket, Key: "k" })))).toBe("done");
    const { body: closed } = await api.call(`${path}/${source.id}`);
    expect(closed.service).toMatchObject({ status: "running", status_reason: expect.stringContaining("read-only") });

    const way = `${path}/${source.id}/migrations/${done.id}/rollback`;
    const back = await ended(api, await api.call(way, { method: "POST", json: {} }));

    expect(back).toMatchObject({ state: "rolled_back", links: [{ link_id: linkId, service_id: source.id }] });
    expect(await variablesOf(source.id, project)).toEqual(old);
    expect(await codeOf(asApplication(old).send(put))).toBe("done");
    expect((await api.call(way, { method: "POST", json: {} })).status).toBe(409);
    expect((await api.call(`${path}/${source.id}`)).body.service.status_reason).toBeNull();
  },
  timeout,
);

test(
  "carries a service to another of the same gateway, whose buckets have other names, and its policy says so",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const names = { plain: unique("plain"), versioned: unique("versioned") };
    await fill(source.client, names);
    const { project } = await link(source.id);
    const { S3_BUCKET: linked = "" } = await variablesOf(source.id, project);
    const Deny = { Effect: "Deny", Principal: { AWS: "*" }, Action: "s3:GetObjectAcl" };
    const policyOf = (bucket: string) => [{ ...Deny, Resource: [`arn:aws:s3:::${bucket}/*`] }];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: policyOf(names.plain) });
    await source.client.send(new PutBucketPolicyCommand({ Bucket: names.plain, Policy }));
    const before = await contentOf(source.client, names.versioned);

    const taken = await ended(api, await migrate(api, source.id, target.id, { dry_run: true }));
    expect(taken).toMatchObject({ state: "planned" });
    expect(taken.plan.blockers.join(" ")).toContain(`Somebody else has a bucket named ${names.plain}`);
    expect(await bucketsOf(target.client)).toEqual([]);
    const bucket_names = Object.fromEntries([...Object.values(names), linked].map((name) => [name, `${name}-to`]));
    const done = await ended(api, await migrate(api, source.id, target.id, { bucket_names }));

    expect(done).toMatchObject({ state: "completed", problem: null });
    expect(await contentOf(target.client, `${names.versioned}-to`)).toEqual(before);
    const { Policy: moved = "" } = await target.client.send(
      new GetBucketPolicyCommand({ Bucket: `${names.plain}-to` }),
    );
    expect(JSON.parse(moved).Statement).toEqual(policyOf(`${names.plain}-to`));
    const variables = await variablesOf(target.id, project);
    expect(variables.S3_BUCKET).toBe(`${linked}-to`);
    const put = new PutObjectCommand({ Bucket: `${linked}-to`, Key: "k", Body: "x" });
    expect(await codeOf(asApplication(variables).send(put))).toBe("done");
  },
  timeout,
);

test(
  "names what cannot be carried, and takes everything back when that is an object",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const Bucket = unique("secret");
    await source.client.send(new CreateBucketCommand({ Bucket }));
    await source.client.send(new PutObjectCommand({ Bucket, Key: "readable", Body: "x" }));
    const key = Buffer.alloc(32, 7);
    const sse = { SSECustomerAlgorithm: "AES256", SSECustomerKey: key.toString("base64") };
    const SSECustomerKeyMD5 = createHash("md5").update(key).digest("base64");
    const Queue = "arn:stave:sqs::nobody:webhook";
    const events = { QueueConfigurations: [{ QueueArn: Queue, Events: ["s3:ObjectCreated:*" as const] }] };
    const notify = new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: events });
    const hasEvents = (await codeOf(source.client.send(notify))) === "done";
    const bucket_names = { [Bucket]: `${Bucket}-to` };
    const wantsHttps = await codeOf(
      source.client.send(new PutObjectCommand({ Bucket, Key: "sealed", Body: "x", ...sse, SSECustomerKeyMD5 })),
    );
    expect(wantsHttps).toBe("done");

    const failed = await ended(api, await migrate(api, source.id, target.id, { bucket_names }));

    expect(failed).toMatchObject({ state: "failed", report: { failed: 1, objects: 1 } });
    expect(failed.report.failed_objects).toMatchObject([{ bucket: Bucket, key: "sealed" }]);
    expect(await bucketsOf(target.client)).toEqual([]);
    expect(await codeOf(source.client.send(new PutObjectCommand({ Bucket, Key: "open", Body: "x" })))).toBe("done");

    const done = await ended(api, await migrate(api, source.id, target.id, { bucket_names, allow_failed: true }));

    expect(done).toMatchObject({ state: "completed", report: { failed: 1, objects: 2, verified: 2 } });
    const left = done.report.not_carried.map(({ what }: { readonly what: string }) => what);
    expect(left).toContain("acl");
    if (hasEvents) expect(left).toContain("notifications");
  },
  timeout,
);

test(
  "carries retention of object lock at the end",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const Bucket = unique("locked");
    await source.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    await source.client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const Retention = { Mode: "GOVERNANCE" as const, RetainUntilDate: new Date("2090-01-02T03:04:05.000Z") };
    await source.client.send(new PutObjectRetentionCommand({ Bucket, Key: "k", Retention }));

    const bucket_names = { [Bucket]: `${Bucket}-to` };
    const done = await ended(api, await migrate(api, source.id, target.id, { bucket_names }));

    expect(done.state).toBe("completed");
    const address = { Bucket: `${Bucket}-to`, Key: "k" };
    expect((await target.client.send(new GetObjectRetentionCommand(address))).Retention).toEqual(Retention);
  },
  timeout,
);

test(
  "ends when it is called off, and removes what it has copied",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const Bucket = unique("slow");
    await source.client.send(new CreateBucketCommand({ Bucket }));
    for (let at = 0; at < 50; at += 1) {
      await source.client.send(new PutObjectCommand({ Bucket, Key: `k${at}`, Body: Buffer.alloc(4096) }));
    }
    const options = { bucket_names: { [Bucket]: `${Bucket}-to` }, bandwidth: 4096 };
    const begun = await migrate(api, source.id, target.id, options);
    const { id } = begun.body.migration;
    await until(async () => ((await bucketsOf(target.client)).includes(`${Bucket}-to`) ? true : undefined));
    const second = await migrate(api, source.id, target.id);
    expect([second.status, second.body.code]).toEqual([409, "CONFLICT"]);
    const gone = await api.call(`${path}/${target.id}?force=true`, { method: "DELETE" });
    expect([gone.status, gone.body.code]).toEqual([409, "CONFLICT"]);

    const way = `${path}/${source.id}/migrations/${id}/cancel`;
    expect((await api.call(way, { method: "POST", json: {} })).status).toBe(202);
    const done = await ended(api, begun);

    expect(done.state).toBe("cancelled");
    expect(await bucketsOf(target.client)).toEqual([]);
    expect((await api.call(way, { method: "POST", json: {} })).status).toBe(409);
  },
  timeout,
);

test(
  "follows a source that changes while it is copied",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const names = { plain: unique("plain"), versioned: unique("versioned") };
    await fill(source.client, names);
    const Bucket = names.plain;
    for (let at = 0; at < 30; at += 1) {
      await source.client.send(new PutObjectCommand({ Bucket, Key: `k${at}`, Body: Buffer.alloc(2000) }));
    }
    const late = unique("late");
    const all = [names.plain, names.versioned, late];
    const dry = Object.fromEntries(all.slice(0, 2).map((name) => [name, `${name}-to`]));
    const begun = await migrate(api, source.id, target.id, { bucket_names: dry, bandwidth: 20_000 });
    await until(async () => ((await bucketsOf(target.client)).includes(`${Bucket}-to`) ? true : undefined));
    await until(async () => {
      const { Contents } = await target.client.send(new ListObjectsV2Command({ Bucket: `${Bucket}-to` }));
      return (Contents?.length ?? 0) > 0 ? true : undefined;
    });
    await source.client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "changed" }));
    await source.client.send(new PutObjectCommand({ Bucket: names.versioned, Key: "k", Body: "4" }));
    await source.client.send(new DeleteObjectCommand({ Bucket, Key: "empty" }));

    const done = await ended(api, begun);

    expect(done).toMatchObject({ state: "completed", problem: null });
    for (const name of all.slice(0, 2)) {
      expect(await contentOf(target.client, `${name}-to`)).toEqual(await contentOf(source.client, name));
    }
  },
  timeout,
);

test("refuses what is no migration, and who may not", async () => {
  const source = await addStave(api, gateway, unique("from"));
  const target = await addStave(api, gateway, unique("to"));
  const post = async (json: object, token?: string) => {
    const { status, body } = await api.call(`${path}/${source.id}/migrate`, {
      method: "POST",
      json,
      ...(token && { token }),
    });
    return [status, body.code];
  };
  expect(await post({ target: { service_id: source.id } })).toEqual([422, "UNPROCESSABLE"]);
  expect(await post({ target: { service_id: 99_999 } })).toEqual([404, "NOT_FOUND"]);
  expect(await post({ target: {} })).toEqual([400, "INVALID_REQUEST"]);
  expect(await post({ target: { service_id: target.id }, options: { verify: "never" } })).toEqual([
    400,
    "INVALID_REQUEST",
  ]);
  const only = await tokenWith(gateway, ["services:write", "services:read"]);
  expect(await post({ target: { service_id: target.id } }, only)).toEqual([403, "PERMISSION_DENIED"]);
  await api.call(`${path}/${target.id}/stop`, { method: "POST" });
  expect(await post({ target: { service_id: target.id } })).toEqual([409, "CONFLICT"]);
  expect((await api.call(`${path}/${source.id}/migrations/abc`)).status).toBe(404);
  expect((await api.call(`${path}/${source.id}/migrations`)).body).toEqual([]);
});

test(
  "does not write over what is in the target",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const Bucket = unique("full");
    await source.client.send(new CreateBucketCommand({ Bucket }));
    await target.client.send(new CreateBucketCommand({ Bucket: `${Bucket}-to` }));
    await target.client.send(new PutObjectCommand({ Bucket: `${Bucket}-to`, Key: "mine", Body: "x" }));

    const options = { bucket_names: { [Bucket]: `${Bucket}-to`, "not-there": "x-y-z" } };
    const done = await ended(api, await migrate(api, source.id, target.id, options));

    expect(done).toMatchObject({ state: "failed" });
    expect(done.problem.detail).toContain("is not empty");
    expect(done.problem.detail).toContain("no bucket not-there");
    expect(await codeOf(target.client.send(new HeadBucketCommand({ Bucket: `${Bucket}-to` })))).toBe("done");
    expect(await contentOf(target.client, `${Bucket}-to`)).toHaveLength(1);
  },
  timeout,
);

test(
  "keeps the versioning of a bucket that has suspended it",
  async () => {
    const source = await addStave(api, gateway, unique("from"));
    const target = await addStave(api, gateway, unique("to"));
    const names = { plain: unique("plain"), versioned: unique("versioned") };
    await fill(source.client, names);
    const VersioningConfiguration = { Status: "Suspended" } as const;
    await source.client.send(new PutBucketVersioningCommand({ Bucket: names.versioned, VersioningConfiguration }));
    await source.client.send(new PutObjectCommand({ Bucket: names.versioned, Key: "k", Body: "null" }));

    const bucket_names = Object.fromEntries(Object.values(names).map((name) => [name, `${name}-to`]));
    const done = await ended(api, await migrate(api, source.id, target.id, { bucket_names }));

    expect(done.state).toBe("completed");
    expect(await contentOf(target.client, `${names.versioned}-to`)).toEqual(
      await contentOf(source.client, names.versioned),
    );
    // What is closed can be deleted all the same.
    const gone = await api.call(`${path}/${source.id}?force=true`, { method: "DELETE" });
    expect([gone.status, gone.body]).toEqual([204, ""]);
  },
  timeout,
);
