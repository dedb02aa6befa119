import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HeadBucketCommand, ListObjectsV2Command, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import type { ControlDatabase } from "@stave/control-database";
import { createAccessKeys, openVault } from "@stave/credential-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { jobs } from "../src/jobs/index.ts";
import { openDatabaseOf, until, untilEnded } from "./support/jobs-of.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// What a crash of the api leaves behind, after each step of each job of links. Slow: each case starts the api twice.

let gateway: TestGateway;
let database: ControlDatabase;
let token = "";
let count = 0;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  const first = await startApi(gateway);
  token = first.token;
  await first.stop();
  database = await openDatabaseOf(gateway);
}, 60_000);
afterAll(async () => {
  await database?.close();
  await gateway?.stop();
});

const stepsOf = (type: string) =>
  jobs.filter((job) => job.type === type).flatMap(({ steps }) => steps.map(({ name }) => `${type}:${name}`));
const pathOf = (project: string, rest = "") => `/api/external-services/1/projects/${project}${rest}`;

/** Does something with an api that ends at a step, and lets the next one go on. Answers with that one still running. */
async function crashAt(step: string, act: (api: TestApi) => Promise<{ readonly body: { readonly job_id: string } }>) {
  const ending = await startApi(gateway, { token, env: { STAVE_API_DANGEROUS_END_AT: step } });
  await act(ending);
  if (ending.child.signalCode === null) await new Promise((resolve) => ending.child.once("exit", resolve));
  expect(ending.child.signalCode).toBe("SIGKILL");
  expireLeases();
  return await startApi(gateway, { token });
}

/** Instead of waiting for the lease of the process that has ended: ten seconds for each case. */
function expireLeases(): void {
  const file = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
  file.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
  file.close();
}

async function createProject(api: TestApi): Promise<string> {
  count += 1;
  const { body } = await api.call("/api/projects", { method: "POST", json: { name: `Crash ${count}` } });
  return body.data.slug;
}

async function linked(): Promise<string> {
  const api = await startApi(gateway, { token });
  const project = await createProject(api);
  const json = { project_id: project };
  const { body } = await api.call("/api/external-services/1/projects", { method: "POST", json });
  expect((await untilEnded(database, body.job_id)).state).toBe("completed");
  await api.stop();
  return project;
}

async function pull(api: TestApi, project: string): Promise<Record<string, string>> {
  return JSON.parse((await api.call(`${pathOf(project, "/environment-file")}?format=json`)).body);
}

async function tryVariables(variables: Record<string, string>): Promise<string> {
  const client = new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: variables.S3_ACCESS_KEY ?? "", secretAccessKey: variables.S3_SECRET_KEY ?? "" },
  });
  try {
    await client.send(new ListObjectsV2Command({ Bucket: variables.S3_BUCKET }));
    return "works";
  } catch (error) {
    return error instanceof Error ? error.name : "fails";
  } finally {
    client.destroy();
  }
}

async function withRoot<Result>(work: (client: S3Client) => Promise<Result>): Promise<Result> {
  const canary = database.canary;
  const vault = await openVault({ keyFile: join(gateway.dataDirectory, "encryption_key"), canary });
  const accessKeyId = (await database.as("test").services.find(1))?.accessKeyId ?? "";
  const keys = createAccessKeys({ vault, store: database.as("test").accessKeys });
  const { secretAccessKey = "" } = (await keys.secretOf(accessKeyId)) ?? {};
  const client = new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

/** Nobody may list the bucket: a new key cannot be tried. */
function denyLists(Bucket: string) {
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${Bucket}` };
  return { Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) };
}

/** Keys of links that work and that no link knows. */
async function orphans(): Promise<string[]> {
  const { accessKeys, links } = database.as("test");
  const known = (await links.list({ limit: 1000 })).flatMap(({ accessKeyId, previousKeyId }) => [
    accessKeyId,
    previousKeyId,
  ]);
  const keys = await accessKeys.list({ limit: 1000 });
  return keys
    .filter(({ description, revokedAt }) => description.startsWith("link ") && revokedAt === undefined)
    .map(({ accessKeyId }) => accessKeyId)
    .filter((accessKeyId) => !known.includes(accessKeyId));
}

async function jobOf(type: string) {
  return await until(async () => {
    const [job] = await database.as("test").jobs.list({ type, limit: 1 });
    return job?.finishedAt === undefined ? undefined : job;
  });
}

const options = { timeout: 60_000 };
const plain = { engine: "stave", status: "running", region: "us-east-1", parameters: {} } as const;

describe("a crash after", () => {
  test.each(stepsOf("link:create"))("%s: the link is made at the next start", options, async (step) => {
    let project = "";
    const api = await crashAt(step, async (ending) => {
      project = await createProject(ending);
      const json = { project_id: project };
      return await ending.call("/api/external-services/1/projects", { method: "POST", json });
    });
    expect((await jobOf("link:create")).state).toBe("completed");
    expect(await tryVariables(await pull(api, project))).toBe("works");
    expect(await orphans()).toEqual([]);
    await api.stop();
  });

  test.each(["link:create:bucket", "link:create:undoing"])(
    "%s: what a link that cannot be made has left is taken back",
    options,
    async (step) => {
      // It has a root key, and no account that a key of the link could belong to.
      const { services, projects } = database.as("test");
      const accessKeyId = (await services.find(1))?.accessKeyId ?? null;
      const half = await services.insert({ ...plain, name: `half ${step}`, slug: `half-${step.slice(12)}` });
      await services.change(half.id, { accessKeyId });
      let project = "";
      const api = await crashAt(step, async (ending) => {
        project = await createProject(ending);
        const json = { project_id: project };
        return await ending.call(`/api/external-services/${half.id}/projects`, { method: "POST", json });
      });
      expect(await jobOf("link:create")).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
      expect(await database.as("test").links.list({ serviceId: half.id, limit: 10 })).toEqual([]);
      expect(await projects.bucketsOf((await projects.find(project))?.id ?? "")).toEqual([]);
      await withRoot(async (client) => {
        const head = client.send(new HeadBucketCommand({ Bucket: `${project}-production` }));
        await expect(head).rejects.toMatchObject({ name: "NotFound" });
      });
      expect(await orphans()).toEqual([]);
      await api.stop();
    },
  );

  test.each(["link:rotate:key", "link:rotate:undoing"])(
    "%s: a rotation that cannot be done leaves the key that was",
    options,
    async (step) => {
      const project = await linked();
      let old: Record<string, string> = {};
      const api = await crashAt(step, async (ending) => {
        old = await pull(ending, project);
        await withRoot((client) => client.send(new PutBucketPolicyCommand(denyLists(old.S3_BUCKET ?? ""))));
        return await ending.call(pathOf(project, "/rotate"), { method: "POST", json: {} });
      });
      expect(await jobOf("link:rotate")).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
      expect(await pull(api, project)).toEqual(old);
      expect(await tryVariables(old)).toBe("AccessDenied");
      expect(await orphans()).toEqual([]);
      await api.stop();
    },
  );

  test.each(stepsOf("link:rotate"))("%s: the application has a valid key all the time", options, async (step) => {
    const project = await linked();
    let old: Record<string, string> = {};
    const api = await crashAt(step, async (ending) => {
      old = await pull(ending, project);
      const json = { grace_seconds: 3600 };
      return await ending.call(pathOf(project, "/rotate"), { method: "POST", json });
    });
    expect(await tryVariables(old)).toBe("works");
    const job = await jobOf("link:rotate");
    expect(job.state).toBe("completed");
    const fresh = await pull(api, project);
    expect(fresh.S3_ACCESS_KEY).not.toBe(old.S3_ACCESS_KEY);
    expect([await tryVariables(old), await tryVariables(fresh)]).toEqual(["works", "works"]);
    const key = await database.as("test").accessKeys.find(old.S3_ACCESS_KEY ?? "");
    expect(key?.expiresAt).toBeDefined();
    expect(await orphans()).toEqual([]);
    await api.stop();
  });

  test.each(stepsOf("link:retire"))("%s: the old key ends, and the new one is as it was", options, async (step) => {
    const project = await linked();
    let old: Record<string, string> = {};
    const api = await crashAt(step, async (ending) => {
      old = await pull(ending, project);
      const json = { grace_seconds: 0 };
      return await ending.call(pathOf(project, "/rotate"), { method: "POST", json });
    });
    expect((await jobOf("link:retire")).state).toBe("completed");
    expect([await tryVariables(old), await tryVariables(await pull(api, project))]).toEqual([
      "InvalidAccessKeyId",
      "works",
    ]);
    expect((await api.call(pathOf(project))).body.previous_key).toBeNull();
    await api.stop();
  });

  test.each(stepsOf("link:remove"))("%s: nothing of the link is left but its bucket", options, async (step) => {
    const project = await linked();
    let old: Record<string, string> = {};
    const api = await crashAt(step, async (ending) => {
      old = await pull(ending, project);
      return await ending.call(pathOf(project), { method: "DELETE" });
    });
    expect((await jobOf("link:remove")).state).toBe("completed");
    expect(await tryVariables(old)).toBe("InvalidAccessKeyId");
    expect((await api.call(pathOf(project))).status).toBe(404);
    expect(await orphans()).toEqual([]);
    expect((await api.call(`/api/projects/${project}`, { method: "DELETE" })).status).toBe(204);
    await api.stop();
  });
});
