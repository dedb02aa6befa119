import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ann, type TestGateway } from "../../../gateway/test/support/start-gateway.ts";
import { listVersions } from "../../src/transfer/list-versions.ts";
import { until } from "./jobs-of.ts";
import { createService, rootOf } from "./service-account.ts";
import type { ApiAnswer, TestApi } from "./start-api.ts";

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };

export function clientFor(endpoint: string, { accessKeyId, secretAccessKey }: Pair): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, maxAttempts: 1, credentials });
}

/** A service of the built-in engine, with a client of its root key. */
export async function addStave(api: TestApi, gateway: TestGateway, name: string) {
  const { body } = await createService(api, name);
  return { id: Number(body.id), client: clientFor(gateway.endpoint, await rootOf(api, body.id)) };
}

/** Another gateway, which nobody here runs. */
export async function addExternal(api: TestApi, other: TestGateway, name: string) {
  const { accessKeyId: access_key, secretAccessKey: secret_key } = ann;
  const parameters = { engine: "external", endpoint: other.endpoint, access_key, secret_key };
  const { body, status } = await createService(api, name, parameters);
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return { id: Number(body.id), client: clientFor(other.endpoint, ann) };
}

export function migrate(
  api: TestApi,
  source: number,
  target: number | object,
  options: Readonly<Record<string, unknown>> = {},
): Promise<ApiAnswer> {
  const json = { target: typeof target === "number" ? { service_id: target } : target, options };
  return api.call(`/api/external-services/${source}/migrate`, { method: "POST", json });
}

/** The migration when it has ended. */
export async function ended(api: TestApi, { status, body }: ApiAnswer) {
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
  const { id, source } = body.migration ?? body;
  return await until(async () => {
    const { body: found } = await api.call(`/api/external-services/${source.id}/migrations/${id}`);
    const { body: job } = await api.call(`/api/jobs/${found.job_id}`);
    return found.finished_at === null || job.data.finishedAt === null ? undefined : found;
  }, 200_000);
}

/** Objects with everything, versions with delete markers between them. */
export async function fill(
  client: S3Client,
  { plain, versioned }: { readonly plain: string; readonly versioned: string },
) {
  for (const Bucket of [plain, versioned]) await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
  const said = { ContentType: "text/x-a", Metadata: { colour: "blue" }, Tagging: "kind=a%20b" };
  for (const Key of ["a", "b c+d/ü&<%2F", "empty"]) {
    await client.send(new PutObjectCommand({ Bucket: plain, Key, Body: Key === "empty" ? "" : `of ${Key}`, ...said }));
  }
  const address = { Bucket: versioned, Key: "k" };
  for (const Body of ["1", "2", undefined, "3"]) {
    if (Body === undefined) await client.send(new DeleteObjectCommand(address));
    else await client.send(new PutObjectCommand({ ...address, Body, Tagging: `n=${Body}` }));
  }
  await client.send(new PutObjectCommand({ Bucket: versioned, Key: "removed", Body: "x" }));
  await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: "removed" }));
}

/** All that a bucket holds, in words that are the same for a copy. */
export async function contentOf(client: S3Client, bucket: string): Promise<readonly string[]> {
  const content: string[] = [];
  for await (const { key, versionId, isLatest, isDeleteMarker } of listVersions(client, bucket)) {
    if (isDeleteMarker) {
      content.push(`${key} marker ${isLatest}`);
      continue;
    }
    const address = { Bucket: bucket, Key: key, VersionId: versionId };
    const { Body, ContentType, Metadata } = await client.send(new GetObjectCommand(address));
    const { TagSet } = await client.send(new GetObjectTaggingCommand(address));
    content.push(JSON.stringify([key, await Body?.transformToString(), ContentType, Metadata, TagSet, isLatest]));
  }
  return content;
}
