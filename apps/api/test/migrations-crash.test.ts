import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ListBucketsCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { jobs } from "../src/jobs/index.ts";
import { until } from "./support/jobs-of.ts";
import { addStave, clientFor, contentOf, ended, fill, migrate } from "./support/migrating.ts";
import { type ApiAnswer, startApi, type TestApi } from "./support/start-api.ts";

// The api is killed after each step of each job of migrations, before it is known to be done, so that another one does it again and goes on. (Killed
// once it is known, the other one begins with the step after it, as after any restart.) Slow: each case starts the api twice.

let gateway: TestGateway;
let token = "";
let count = 0;
/** Before anybody is killed, by the step after which that will be. */
const made = new Map<string, Prepared>();
let half: Prepared | undefined;
const stepsOf = (type: string) =>
  jobs.filter((job) => job.type === type).flatMap(({ steps }) => steps.map(({ name }) => `${type}:${name}:unstored`));
const runSteps = stepsOf("migration:run");
const rollbackSteps = stepsOf("migration:rollback");
const undoneSteps = ["migration:run:settings", "migration:run:undoing"].map((step) => `${step} of one that fails`);
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  const first = await startApi(gateway);
  token = first.token;
  for (const step of [...runSteps, ...undoneSteps]) made.set(step, await prepare(first));
  for (const step of rollbackSteps) {
    const prepared = await prepare(first);
    const { source, target, bucket_names } = prepared;
    const { id } = await ended(first, await migrate(first, source.id, target.id, { bucket_names }));
    made.set(step, { ...prepared, migrationId: id });
  }
  half = await prepare(first);
  await first.stop();
}, 300_000);
afterAll(() => gateway?.stop());

const timeout = 60_000;
const path = "/api/external-services";
type Prepared = Awaited<ReturnType<typeof prepare>> & { readonly migrationId?: string };

/** A service with content and a link, and an empty one. */
async function prepare(api: TestApi) {
  count += 1;
  const source = await addStave(api, gateway, `from-${count}`);
  const target = await addStave(api, gateway, `to-${count}`);
  const names = { plain: `plain-${count}`, versioned: `versioned-${count}` };
  await fill(source.client, names);
  const { body } = await api.call("/api/projects", { method: "POST", json: { name: `App ${count}` } });
  const project: string = body.data.slug;
  const linked = await api.call(`${path}/${source.id}/projects`, { method: "POST", json: { project_id: project } });
  await until(async () => (await api.call(`/api/jobs/${linked.body.job_id}`)).body.data.finishedAt ?? undefined);
  const variables = await variablesOf(api, source.id, project);
  const all = [names.plain, names.versioned, variables.S3_BUCKET ?? ""];
  const bucket_names = Object.fromEntries(all.map((name) => [name, `${name}-to`]));
  const content = await Promise.all(all.map((name) => contentOf(source.client, name)));
  return { source, target, project, variables, all, bucket_names, content };
}

async function variablesOf(api: TestApi, service: number, project: string): Promise<Record<string, string>> {
  const { body } = await api.call(`${path}/${service}/projects/${project}/environment-file?format=json`);
  return JSON.parse(body);
}

/** Does something with an api that ends at a step, and lets the next one go on. It may end before it has answered. */
async function crashAt(step: string, source: number, act: (api: TestApi) => Promise<ApiAnswer>) {
  const doomed = await startApi(gateway, { token, env: { STAVE_API_DANGEROUS_END_AT: step } });
  const exited = once(doomed.child, "exit");
  const answer = await act(doomed).catch(() => undefined);
  if (answer !== undefined && answer.status !== 202)
    throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  await exited;
  expect(doomed.child.signalCode).toBe("SIGKILL");
  const api = await goOn();
  const { body } = await api.call(`${path}/${source}/migrations?limit=1`);
  return { api, done: await ended(api, { status: 202, body: body[0], headers: new Headers() }) };
}

async function goOn(): Promise<TestApi> {
  changeDatabase((file) =>
    file.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null"),
  );
  return await startApi(gateway, { token });
}

/** A link to a bucket that is not there cannot be moved: that is found after the source was closed. */
function renameBucketOfLink(from: string, to: string): void {
  changeDatabase((file) => file.prepare("update link set bucket = ? where bucket = ?").run(to, from));
}

function changeDatabase(change: (file: DatabaseSync) => unknown): void {
  const file = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
  change(file);
  file.close();
}

function madeFor(step: string): Prepared {
  const prepared = made.get(step);
  if (prepared === undefined) throw new Error(`Expected a service for ${step}`);
  return prepared;
}

async function write({ S3_BUCKET: Bucket = "", ...variables }: Record<string, string>): Promise<string> {
  const client = clientFor(gateway.endpoint, {
    accessKeyId: variables.S3_ACCESS_KEY ?? "",
    secretAccessKey: variables.S3_SECRET_KEY ?? "",
  });
  return await client.send(new PutObjectCommand({ Bucket, Key: "written", Body: "x" })).then(
    () => "written",
    (error: Error) => error.name,
  );
}

const bucketsOf = async (client: S3Client) =>
  ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);

async function expectMigrated(api: TestApi, made: Prepared): Promise<void> {
  const { source, target, project, all, content, variables: old } = made;
  expect(await Promise.all(all.map((name) => contentOf(target.client, `${name}-to`)))).toEqual(content);
  expect((await bucketsOf(target.client)).toSorted()).toEqual(all.map((name) => `${name}-to`).toSorted());
  const variables = await variablesOf(api, target.id, project);
  expect([await write(variables), await write(old)]).toEqual(["written", "AccessDenied"]);
  const { body } = await api.call(`${path}/${source.id}`);
  expect(body.service.status).toBe("running");
}

async function expectUntouched(api: TestApi, { source, target, project, variables }: Prepared): Promise<void> {
  expect(await bucketsOf(target.client)).toEqual([]);
  expect(await variablesOf(api, source.id, project)).toEqual(variables);
  expect((await api.call(`${path}/${source.id}`)).body.service).toMatchObject({
    status: "running",
    status_reason: null,
  });
}

test.each(runSteps)(
  "a service is migrated although the api is killed after the step %s",
  async (step) => {
    const made = madeFor(step);
    const { source, target, bucket_names } = made;

    const { api, done } = await crashAt(step, source.id, (doomed) =>
      migrate(doomed, source.id, target.id, { bucket_names }),
    );

    expect([done.state, done.problem]).toEqual(["completed", null]);
    await expectMigrated(api, made);
    await api.stop();
  },
  timeout,
);

test.each(rollbackSteps)(
  "a migration is taken back although the api is killed after the step %s",
  async (step) => {
    const { source, project, variables, migrationId } = madeFor(step);

    const way = `${path}/${source.id}/migrations/${migrationId}/rollback`;
    const { api, done } = await crashAt(step, source.id, (doomed) => doomed.call(way, { method: "POST", json: {} }));

    expect([done.state, done.problem]).toEqual(["rolled_back", null]);
    expect(await variablesOf(api, source.id, project)).toEqual(variables);
    expect(await write(variables)).toBe("written");
    await api.stop();
  },
  timeout,
);

test.each(undoneSteps)(
  "a migration that fails after the source was closed opens it again, although the api is killed after %s",
  async (step) => {
    const made = madeFor(step);
    const { source, target, bucket_names, variables } = made;
    const { S3_BUCKET: bucket = "" } = variables;
    renameBucketOfLink(bucket, "not-there");

    const [at = ""] = step.split(" ");
    const { api, done } = await crashAt(at, source.id, (doomed) =>
      migrate(doomed, source.id, target.id, { bucket_names }),
    );

    expect(done).toMatchObject({ state: "failed", problem: { code: "CONFLICT" }, report: { objects: 7 } });
    renameBucketOfLink("not-there", bucket);
    await expectUntouched(api, made);
    const put = new PutObjectCommand({ Bucket: made.all[0], Key: "open", Body: "x" });
    expect((await source.client.send(put)).ETag).toBeDefined();
    await api.stop();
  },
  timeout,
);

test(
  "what a crash has left half copied is not there twice",
  async () => {
    if (half === undefined) throw new Error("Expected a service");
    const { source, target, bucket_names, all } = half;
    const Bucket = all[1] ?? "";
    for (let at = 0; at < 40; at += 1) {
      const address = { Bucket, Key: `k${at % 4}` };
      await source.client.send(new PutObjectCommand({ ...address, Body: Buffer.alloc(1000, `${at}`) }));
    }
    const content = await contentOf(source.client, Bucket);
    const doomed = await startApi(gateway, { token });
    const answer = await migrate(doomed, source.id, target.id, { bucket_names, bandwidth: 20_000 });
    await until(async () => {
      const copied = await contentOf(target.client, `${Bucket}-to`).catch(() => []);
      return copied.length > 5 ? true : undefined;
    });
    await doomed.kill();

    const api = await goOn();
    const done = await ended(api, answer);

    expect(done.state).toBe("completed");
    expect(await contentOf(target.client, `${Bucket}-to`)).toEqual(content);
    await api.stop();
  },
  timeout,
);
