import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { openBucket } from "../migrate/fence-source.ts";
import { describeS3Error } from "./describe-s3-error.ts";

export type EmptyOptions = {
  /** Whether objects go, too. Else a bucket that has any is a {@link Problem}. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly onDeleted: (objects: number) => Promise<void>;
};

/** Deletes all buckets of whom the client speaks for. What is gone already is no error. Throws a {@link Problem} for what cannot be deleted. */
export async function deleteBuckets(client: S3Client, options: EmptyOptions): Promise<void> {
  const names = await listBucketNames(client, options.signal);
  for (const name of options.force ? [] : names) {
    // Before anything goes: a refusal leaves all of them.
    if (!(await isEmpty(client, name, options.signal))) throw notEmpty(name);
  }
  for (const name of names) await deleteBucket(client, name, options);
}

export async function listBucketNames(client: S3Client, abortSignal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for (let token: string | undefined; ; ) {
    const page = await client.send(new ListBucketsCommand({ ContinuationToken: token }), { abortSignal });
    names.push(...(page.Buckets ?? []).flatMap(({ Name }) => Name ?? []));
    token = page.ContinuationToken;
    if (token === undefined) return names;
  }
}

export async function isEmpty(client: S3Client, bucket: string, abortSignal: AbortSignal): Promise<boolean> {
  const command = new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1 });
  const { Versions = [], DeleteMarkers = [] } = await client.send(command, { abortSignal });
  return Versions.length + DeleteMarkers.length === 0;
}

/** Somebody may be writing: after so many tries he has won. */
const maxRounds = 5;

async function deleteBucket(client: S3Client, Bucket: string, options: EmptyOptions): Promise<void> {
  const { force, signal: abortSignal } = options;
  for (let round = 1; ; round += 1) {
    if (force) {
      await openBucket(client, Bucket, options);
      await deleteContent(client, Bucket, options);
    }
    try {
      await client.send(new DeleteBucketCommand({ Bucket }), { abortSignal });
      return;
    } catch (error) {
      const { code } = describeS3Error(error);
      if (code === "NoSuchBucket") return;
      if (code !== "BucketNotEmpty") throw error;
      if (force && round < maxRounds) continue;
      if (!force) throw notEmpty(Bucket);
      throw new Problem("CONFLICT", { detail: `Somebody goes on writing to the bucket ${Bucket}.`, cause: error });
    }
  }
}

async function deleteContent(
  client: S3Client,
  Bucket: string,
  { signal: abortSignal, onDeleted }: EmptyOptions,
): Promise<void> {
  const options = { abortSignal };
  try {
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket, EncodingType: "url" }), options);
      const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
        Key === undefined ? [] : [{ Key: decodeURIComponent(Key.replaceAll("+", " ")), VersionId }],
      );
      if (versions.length === 0) break;
      await deleteVersions(client, Bucket, versions, abortSignal);
      await onDeleted(versions.length);
    }
    for (;;) {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket, EncodingType: "url" }),
        options,
      );
      if (Uploads.length === 0) break;
      for (const { Key = "", UploadId } of Uploads) {
        const key = decodeURIComponent(Key.replaceAll("+", " "));
        const abort = new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId });
        await client.send(abort, options).catch(ignore("NoSuchUpload"));
      }
    }
  } catch (error) {
    ignore("NoSuchBucket")(error);
  }
}

type Version = { readonly Key: string; readonly VersionId: string | undefined };

async function deleteVersions(
  client: S3Client,
  Bucket: string,
  versions: readonly Version[],
  abortSignal: AbortSignal,
): Promise<void> {
  // XML cannot carry every key.
  const [odd, plain] = [versions.filter(isOdd), versions.filter((version) => !isOdd(version))];
  if (plain.length > 0) {
    const Delete = { Objects: plain, Quiet: true };
    const command = new DeleteObjectsCommand({ Bucket, Delete, BypassGovernanceRetention: true });
    const { Errors: [first] = [] } = await client.send(command, { abortSignal });
    if (first !== undefined) throw locked(Bucket, first.Key ?? "");
  }
  for (const version of odd) {
    const command = new DeleteObjectCommand({ Bucket, ...version, BypassGovernanceRetention: true });
    await client.send(command, { abortSignal }).catch((error: unknown) => {
      throw describeS3Error(error).code === "AccessDenied" ? locked(Bucket, version.Key) : error;
    });
  }
}

function isOdd({ Key }: Version): boolean {
  return /[^\t\n\x20-\ud7ff\ue000-\ufffd]/.test(Key);
}

function notEmpty(bucket: string): Problem {
  return new Problem("CONFLICT", {
    detail: `The bucket ${bucket} is not empty.`,
    nextActions: ["Delete with force=true, which deletes objects, too."],
  });
}

function ignore(ignored: string): (error: unknown) => void {
  return (error) => {
    if (describeS3Error(error).code !== ignored) throw error;
  };
}

function locked(bucket: string, key: string): Problem {
  return new Problem("CONFLICT", {
    detail: `The object ${key} in the bucket ${bucket} cannot be deleted: it is protected by object lock.`,
    nextActions: ["Wait until its retention ends, or remove the legal hold, and delete the service again."],
  });
}
