import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import { Problem } from "../http/problem.ts";
import { createServiceClients } from "../services/service-clients.ts";
import { deleteEach } from "../storage/delete-each.ts";
import { forgetBucket, requireUnlinked } from "../storage/forget-bucket.ts";
import { unescapeListed } from "../storage/object-path.ts";
import { s3Problem } from "../storage/s3-problem.ts";
import { defineJob, type StepContext } from "./define-job.ts";

type Data = { readonly serviceId: number; readonly bucket: string; readonly deleted: number };

/** Deletes all versions and unfinished uploads of a bucket, then the bucket. Nothing can be taken back. */
export const deleteBucketJob = defineJob<Data>({
  type: "bucket:delete",
  data: z.object({ serviceId: z.int(), bucket: z.string(), deleted: z.int() }),
  steps: [
    {
      name: "empty",
      run: async (context, data) => {
        await requireUnlinked(context, data);
        return await withClient(context, data, async (client) => {
          await abortUploads(context, client, data.bucket);
          return { deleted: await deleteVersions(context, client, data.bucket) };
        });
      },
    },
    {
      name: "delete",
      run: (context, { bucket, ...data }) =>
        withClient(context, { bucket, ...data }, async (client) => {
          await client.send(new DeleteBucketCommand({ Bucket: bucket }), { abortSignal: context.signal });
        }),
    },
    { name: "revoke", run: (context, data) => forgetBucket(context, { ...data, actor: context.actor }) },
  ],
  result: ({ bucket, deleted }) => ({ bucket, deleted }),
});

/** A bucket that is gone is what is wanted. What the service refuses ends the job; when it does not answer, the step runs again later. */
async function withClient<Result>(
  context: StepContext,
  { serviceId }: Data,
  run: (client: S3Client) => Promise<Result>,
): Promise<Result | undefined> {
  const service = await context.database.as("system").services.find(serviceId);
  if (service === undefined) throw new Problem("NOT_FOUND", { detail: "The service is gone." });
  const clients = createServiceClients(context);
  try {
    return await run(await clients.clientOf(service));
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchBucket") return undefined;
    const problem = s3Problem(error, service);
    throw problem instanceof Problem && problem.code === "UNAVAILABLE" ? error : problem;
  } finally {
    clients.close();
  }
}

async function abortUploads({ signal: abortSignal }: StepContext, client: S3Client, bucket: string): Promise<void> {
  while (true) {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, EncodingType: "url" }),
      { abortSignal },
    );
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads) {
      await client
        .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: unescapeListed(Key), UploadId }), { abortSignal })
        .catch((error: unknown) => {
          if (!(error instanceof S3ServiceException && error.name === "NoSuchUpload")) throw error;
        });
    }
  }
}

/** From the beginning each time: what was listed is gone. */
async function deleteVersions(context: StepContext, client: S3Client, bucket: string): Promise<number> {
  const { signal: abortSignal } = context;
  let deleted = 0;
  while (true) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, EncodingType: "url" }),
      { abortSignal },
    );
    const listed = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
      key: unescapeListed(Key),
      versionId: VersionId,
    }));
    if (listed.length === 0) return deleted;
    const results = await deleteEach(client, { bucket, objects: listed, abortSignal });
    const failed = results.find(({ status }) => status === "failed");
    if (failed !== undefined) {
      throw new Problem("CONFLICT", {
        detail: `The object ${failed.key.slice(0, 200)} cannot be deleted (${failed.code ?? "no reason given"}). It may be locked.`,
      });
    }
    deleted += listed.length;
    await context.progress({ done: deleted, message: "objects deleted" });
  }
}
