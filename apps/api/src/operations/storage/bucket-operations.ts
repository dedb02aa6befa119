import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { ControlDatabaseError } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { readVisibility, type Visibility, writeVisibility } from "../../storage/bucket-visibility.ts";
import { forgetBucket, requireUnlinked } from "../../storage/forget-bucket.ts";
import { inStorage, type Storage } from "../../storage/open-storage.ts";

type BucketHandlers = Pick<Handlers, "listBuckets" | "createBucket" | "getBucket" | "changeBucket" | "deleteBucket">;

/** Looks into buckets at once: a page of 1,000 must not take 1,000 round trips in a row. */
const looksAtOnce = 16;

export function bucketOperations(context: OperationContext): BucketHandlers {
  return {
    listBuckets: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { limit, cursor } = request.query;
        const { Buckets = [], ContinuationToken } = await client.send(
          new ListBucketsCommand({ MaxBuckets: limit, ContinuationToken: cursor }),
        );
        const data = await mapAtOnce(Buckets, async ({ Name: name = "", CreationDate }) => ({
          name,
          createdAt: CreationDate?.toISOString() ?? null,
          visibility: await readVisibility(client, name).catch(unknownVisibility),
        }));
        return { status: 200, body: { data, nextCursor: ContinuationToken ?? null } };
      }),
    createBucket: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { name, visibility, objectLock } = request.body;
        await record("bucket:create", name, { visibility, objectLock });
        await refuseTaken(client, name);
        await client.send(
          new CreateBucketCommand({
            Bucket: name,
            ...(objectLock && { ObjectLockEnabledForBucket: true }),
            ...(service.region !== "us-east-1" && {
              CreateBucketConfiguration: { LocationConstraint: service.region as "eu-west-1" },
            }),
          }),
        );
        if (visibility === "public-read") await writeVisibility(client, name, visibility);
        return {
          status: 201,
          headers: { location: `/api/storage/buckets/${name}` },
          body: { data: await describe({ client, service }, name) },
        };
      }),
    getBucket: (request) =>
      inStorage(context, request, async (storage) => ({
        status: 200,
        body: { data: await describe(storage, request.params.bucket) },
      })),
    changeBucket: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        const { visibility } = request.body;
        await storage.client.send(new HeadBucketCommand({ Bucket: bucket }));
        await storage.record("bucket:change", bucket, { visibility });
        await writeVisibility(storage.client, bucket, visibility);
        return { status: 200, body: { data: await describe(storage, bucket) } };
      }),
    deleteBucket: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { bucket } = request.params;
        await requireUnlinked(context, { serviceId: service.id, bucket });
        await record("bucket:delete", bucket, { force: request.query.force });
        if (request.query.force === "false") {
          await client.send(new DeleteBucketCommand({ Bucket: bucket }));
          // Should this process end here, they open nothing as it is: a bucket of the same name is another one.
          await forgetBucket(context, { actor: request.caller.actor, serviceId: service.id, bucket });
          return { status: 204 };
        }
        await client.send(new HeadBucketCommand({ Bucket: bucket }));
        const { jobs } = context.database.as(request.caller.actor);
        const { id } = await jobs
          .create({
            type: "bucket:delete",
            subject: `bucket:${service.id}/${bucket}`,
            data: { serviceId: service.id, bucket, deleted: 0 },
          })
          .catch(refuseBusy);
        context.wakeJobs();
        return { status: 202, headers: { location: `/api/jobs/${id}` }, body: { data: { jobId: id } } };
      }),
  };
}

/** Amazon S3 in us-east-1, and others, answer 200 to whoever makes his own bucket again. */
async function refuseTaken(client: S3Client, bucket: string): Promise<void> {
  const isThere = await client.send(new HeadBucketCommand({ Bucket: bucket })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403) return true;
      throw error;
    },
  );
  if (isThere) throw new Problem("CONFLICT", { detail: `There is a bucket ${bucket} already.` });
}

async function describe({ client, service }: Pick<Storage, "client" | "service">, bucket: string) {
  const [visibility, versioning, hasObjectLock] = await Promise.all([
    readVisibility(client, bucket),
    client.send(new GetBucketVersioningCommand({ Bucket: bucket })),
    readObjectLock(client, bucket),
  ]);
  const state = { Enabled: "enabled", Suspended: "suspended" } as const;
  return {
    name: bucket,
    region: service.region,
    visibility,
    versioning: versioning.Status === undefined ? ("off" as const) : state[versioning.Status],
    hasObjectLock,
  };
}

async function readObjectLock(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const { ObjectLockConfiguration: lock } = await client.send(
      new GetObjectLockConfigurationCommand({ Bucket: bucket }),
    );
    return lock?.ObjectLockEnabled === "Enabled";
  } catch (error) {
    const absent = ["ObjectLockConfigurationNotFoundError", "NotImplemented"];
    if (error instanceof S3ServiceException && absent.includes(error.name)) return false;
    throw error;
  }
}

/** One bucket that cannot be looked into, or is deleted meanwhile, must not hide the others. */
function unknownVisibility(error: unknown): Visibility | null {
  if (error instanceof S3ServiceException) return null;
  throw error;
}

async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += looksAtOnce) {
    results.push(...(await Promise.all(items.slice(at, at + looksAtOnce).map(map))));
  }
  return results;
}

function refuseBusy(error: unknown): never {
  if (error instanceof ControlDatabaseError && error.code === "SubjectBusy") {
    throw new Problem("CONFLICT", { detail: error.message, nextActions: ["Wait until the job has ended."] });
  }
  throw error;
}
