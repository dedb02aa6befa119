import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../harness-error.ts";
import type { JudgedBucket } from "../judge-cut.ts";
import { runCommand } from "./run-command.ts";
import type { S3Client } from "./s3-client.ts";
import { readCode } from "./s3-reader.ts";
import type { S3Writer } from "./s3-writer.ts";
import type { RunningServer } from "./start-server.ts";

export const plainBucket = "powercut-plain";
export const versionedBucket = "powercut-versions";

export type Feature = "versioning" | "conditional writes" | "copies" | "multipart uploads";

/** What of S3 the server has. What it lacks it is not tested for, and the report says so. */
export type Capabilities = {
  readonly buckets: readonly JudgedBucket[];
  /** Feature to what the server did instead. */
  readonly missing: ReadonlyMap<Feature, string>;
};

export interface PrepareOptions {
  readonly server: RunningServer;
  readonly writer: S3Writer;
  /** Run for each bucket instead of CreateBucket. */
  readonly bucketSetup: string | undefined;
}

/** Makes the buckets and tries out each optional feature once. */
export async function prepareBuckets({ server, writer, bucketSetup }: PrepareOptions): Promise<Capabilities> {
  await createBucket(server, { name: plainBucket, bucketSetup });
  const missing = new Map<Feature, string>();
  const note = (feature: Feature, reason: string | undefined) => {
    if (reason !== undefined) missing.set(feature, reason);
  };
  note("conditional writes", await tryConditions(writer));
  note("copies", await tryCopy(writer));
  note("multipart uploads", await tryUpload(writer));
  note("versioning", await tryVersioning(server, { writer, bucketSetup }));
  const buckets = [{ name: plainBucket, isVersioned: false }];
  if (!missing.has("versioning")) buckets.push({ name: versionedBucket, isVersioned: true });
  return { buckets, missing };
}

type BucketSetup = { readonly name: string; readonly bucketSetup: string | undefined };

async function createBucket(server: RunningServer, { name, bucketSetup }: BucketSetup): Promise<void> {
  if (bucketSetup !== undefined) {
    await runCommand("/bin/sh", ["-c", server.fill(bucketSetup, { bucket: name })]);
    return;
  }
  let reason = "";
  // A server that has just begun to answer may still refuse for a moment.
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const answer = await server.client.send({ method: "PUT", at: { bucket: name } });
    if (answer.status === 200 || readCode(answer.body).includes("BucketAlreadyOwnedByYou")) return;
    reason = `${answer.status}${readCode(answer.body)}`;
    await delay(100);
  }
  throw new HarnessError("server", `CreateBucket is answered with ${reason}; is --bucket-setup needed?`);
}

async function tryConditions(writer: S3Writer): Promise<string | undefined> {
  const address = { bucket: plainBucket, key: "probe/condition" };
  const first = await writer.put(address, { sizeBytes: 100, condition: { "if-none-match": "*" } });
  if (first.kind !== "acknowledged") return `If-None-Match is answered with ${first.answer}`;
  const second = await writer.put(address, { sizeBytes: 100, condition: { "if-none-match": "*" } });
  if (second.kind !== "refused") return "If-None-Match: * is not heeded";
  const third = await writer.put(address, { sizeBytes: 100, condition: { "if-match": '"0123"' } });
  if (third.kind !== "refused") return "If-Match is not heeded";
  const fourth = await writer.put(address, { sizeBytes: 100, condition: { "if-match": `"${first.etag}"` } });
  return fourth.kind === "acknowledged" ? undefined : `If-Match with the etag is answered with ${fourth.answer}`;
}

async function tryCopy(writer: S3Writer): Promise<string | undefined> {
  const source = await writer.put({ bucket: plainBucket, key: "probe/source" }, { sizeBytes: 100 });
  if (source.kind !== "acknowledged") {
    throw new HarnessError("server", `A plain PUT is answered with ${source.answer}`);
  }
  const { address, content } = source.operation;
  if (content === undefined) return undefined;
  const copy = await writer.copy({ bucket: plainBucket, key: "probe/copy" }, { address, content });
  return copy.kind === "acknowledged" ? undefined : `it is answered with ${copy.answer}`;
}

async function tryUpload(writer: S3Writer): Promise<string | undefined> {
  const address = { bucket: plainBucket, key: "probe/upload" };
  const { kind, answer } = await writer.upload(address, { sizeBytes: 1000, isAborted: false });
  return kind === "acknowledged" ? undefined : `it is answered with ${answer}`;
}

async function tryVersioning(
  server: RunningServer,
  { writer, bucketSetup }: Pick<PrepareOptions, "writer" | "bucketSetup">,
): Promise<string | undefined> {
  const bucket = versionedBucket;
  await createBucket(server, { name: bucket, bucketSetup });
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  const { client } = server;
  const enabled = await client.send({ method: "PUT", at: { bucket }, query: { versioning: "" }, body });
  if (enabled.status !== 200) return `PutBucketVersioning is answered with ${enabled.status}${readCode(enabled.body)}`;
  const at = { bucket, key: "probe/version" };
  const { versionId } = await writer.put(at, { sizeBytes: 100 });
  if (versionId === undefined || versionId === "null") return "a write is answered without a version";
  const read = await client.send({ method: "GET", at, query: { versionId } });
  if (read.status !== 200) return `GET of a version is answered with ${read.status}`;
  return tryListVersions(client);
}

async function tryListVersions(client: S3Client): Promise<string | undefined> {
  const { status, body } = await client.send({
    method: "GET",
    at: { bucket: versionedBucket },
    query: { versions: "" },
  });
  return status === 200 && body.includes("<VersionId>") ? undefined : `ListObjectVersions is answered with ${status}`;
}
