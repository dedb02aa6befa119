import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { ann, startGateway, type TestAccount, type TestGateway } from "../../../gateway/test/support/start-gateway.ts";
import { createS3Client } from "../../src/services/s3-client.ts";
import { createService, rootOf } from "./service-account.ts";
import { type ApiAnswer, startApi, type TestApi } from "./start-api.ts";
import { waitFor } from "./wait-for.ts";

/** A thousand objects are written to disk one by one. */
const patienceMs = 90_000;

export type BackupRig = {
  readonly gateway: TestGateway;
  /** Where backups go that go to S3. */
  readonly other: TestGateway;
  api: TestApi;
  readonly backupsDirectory: string;
  readonly startArgs: readonly string[];
  client(account: TestAccount, endpoint?: string): S3Client;
  stop(): Promise<void>;
};

/** A gateway with its api, and a second gateway and a directory for backups. `more` are arguments of the api. */
export async function startBackupRig(more: readonly string[] = []): Promise<BackupRig> {
  const backupsDirectory = await mkdtemp(join(tmpdir(), "stave-backups-dir-"));
  const [gateway, other] = await Promise.all([startGateway({ workers: 1 }), startGateway({ workers: 1 })]);
  const startArgs = ["--allow-private-addresses", "--backups-dir", backupsDirectory, ...more];
  const clients: S3Client[] = [];
  const rig: BackupRig = {
    gateway,
    other,
    api: await startApi(gateway, { args: startArgs }),
    backupsDirectory,
    startArgs,
    client({ accessKeyId, secretAccessKey }, endpoint = gateway.endpoint) {
      const client = createS3Client({ endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.destroy();
      await rig.api.stop();
      await Promise.all([gateway.stop(), other.stop()]);
      await rm(backupsDirectory, { recursive: true, force: true });
    },
  };
  return rig;
}

export type TestService = { readonly id: number; readonly name: string; readonly client: S3Client };

export async function makeService(rig: BackupRig, name: string, buckets: readonly string[]): Promise<TestService> {
  const { status, body } = await createService(rig.api, name, { buckets });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return { id: body.id, name, client: rig.client(await rootOf(rig.api, body.id)) };
}

export async function localDestination({ api }: BackupRig, directory: string): Promise<string> {
  const json = { kind: "local", name: directory, directory };
  return idOf(await api.call("/api/backups/destinations", { method: "POST", json }));
}

/** A bucket of the other gateway. */
export async function s3Destination(rig: BackupRig, bucket: string): Promise<string> {
  await rig.client(ann, rig.other.endpoint).send(new CreateBucketCommand({ Bucket: bucket }));
  const { accessKeyId, secretAccessKey } = ann;
  const place = { endpoint: rig.other.endpoint, bucket, prefix: "stave/backups" };
  const json = { kind: "s3", name: bucket, ...place, accessKeyId, secretAccessKey };
  return idOf(await rig.api.call("/api/backups/destinations", { method: "POST", json }));
}

function idOf({ status, body }: ApiAnswer): string {
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body.data.id;
}

/** The job of an answer, when it has ended. */
export async function ended(api: TestApi, answer: ApiAnswer) {
  if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  const path = answer.headers.get("location") ?? "";
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  let job: any;
  await waitFor(async () => {
    job = (await api.call(path)).body.data;
    return job.finishedAt !== null;
  }, patienceMs);
  return job;
}

export type BackUpInput = {
  readonly serviceId: number;
  readonly destinationId: string;
  readonly withVersions?: boolean;
};

/** A backup as it has ended, with its job. */
export async function backUp({ api }: BackupRig, json: BackUpInput) {
  const begun = await api.call("/api/backups", { method: "POST", json });
  const job = await ended(api, begun);
  const { body } = await api.call(`/api/backups/${begun.body.data.id}`);
  return { ...body.data, job };
}

export async function act({ api }: BackupRig, path: string, json?: unknown, method = "POST") {
  return await ended(api, await api.call(path, { method, ...(json !== undefined && { json }) }));
}

export async function put(client: S3Client, Bucket: string, Key: string, Body: string | Buffer = Key): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body }));
}
