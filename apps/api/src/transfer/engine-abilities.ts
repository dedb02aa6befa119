import { hash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { statusOf } from "../services/describe-s3-error.ts";
import { hashObject } from "./hash-object.ts";
import { listVersions } from "./list-versions.ts";
import { isTransient, type RetryOptions, until, withRetries } from "./retry.ts";
import { TransferError } from "./transfer-error.ts";
import { pieceBytes, writeObject } from "./write-object.ts";

/** What an engine does with objects beside keeping their bytes. */
export type EngineAbilities = {
  readonly versions: boolean;
  readonly tags: boolean;
  /** It takes a SHA-256 with an object, and answers with it. */
  readonly checksums: boolean;
  readonly objectLock: boolean;
  /** What it has put together out of parts it gives back as it was: not every engine does. */
  readonly multipart: boolean;
};

export const fullAbilities: EngineAbilities = {
  versions: true,
  tags: true,
  checksums: true,
  objectLock: true,
  multipart: true,
};

/**
 * Tries it, in a bucket that is made for it and removed: what an engine says of itself is no proof, and some take what they do not do. Throws what the
 * engine refuses the bucket, or an object, with.
 */
export async function engineAbilities(client: S3Client, { signal }: RetryOptions = {}): Promise<EngineAbilities> {
  const bucket = `stave-probe-${randomBytes(8).toString("hex")}`;
  const ask = <Answer>(work: () => Promise<Answer>) => withRetries(work, { signal });
  const options = until(signal);
  const locking = () =>
    client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }), options);
  const canCreateLocked = await can(() => ask(locking));
  if (!canCreateLocked) await ask(() => client.send(new CreateBucketCommand({ Bucket: bucket }), options));
  try {
    const lock = new GetObjectLockConfigurationCommand({ Bucket: bucket });
    const objectLock =
      canCreateLocked &&
      (await can(async () => {
        const { ObjectLockConfiguration } = await ask(() => client.send(lock, options));
        return ObjectLockConfiguration?.ObjectLockEnabled === "Enabled";
      }));
    const address = { Bucket: bucket, Key: "probe" };
    await ask(() => client.send(new PutObjectCommand({ ...address, Body: "1" }), options));
    const checksums = await can(() => ask(() => hasChecksums(client, address, signal)));
    const tags = await can(() => ask(() => hasTags(client, address, signal)));
    const isWhole = await can(() => hasMultipart(client, bucket, { signal }));
    const versions = await can(() => ask(() => hasVersions(client, address, signal)));
    const multipart = isWhole && (!versions || (await can(() => hasMultipart(client, bucket, { signal }))));
    return { objectLock, checksums, tags, versions, multipart };
  } finally {
    await cleanUp(client, bucket);
  }
}

/** What is refused cannot be done. What was not answered says nothing. */
async function can(work: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await work()) !== false;
  } catch (error) {
    if (statusOf(error) === undefined || isTransient(error)) throw error;
    return false;
  }
}

type Address = { readonly Bucket: string; readonly Key: string };

async function hasChecksums(client: S3Client, address: Address, abortSignal: AbortSignal | undefined) {
  const ChecksumSHA256 = hash("sha256", "2", "base64");
  const answer = await client.send(new PutObjectCommand({ ...address, Body: "2", ChecksumSHA256 }), until(abortSignal));
  return answer.ChecksumSHA256 === ChecksumSHA256;
}

async function hasTags(client: S3Client, address: Address, abortSignal: AbortSignal | undefined) {
  await client.send(new PutObjectCommand({ ...address, Body: "3", Tagging: "a=b%20c" }), until(abortSignal));
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(address), until(abortSignal));
  return TagSet.some(({ Key, Value }) => Key === "a" && Value === "b c");
}

async function hasVersions(client: S3Client, address: Address, abortSignal: AbortSignal | undefined) {
  const { Bucket } = address;
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }), until(abortSignal));
  const ids = new Set<string | undefined>();
  for (const Body of ["4", "5"]) {
    ids.add((await client.send(new PutObjectCommand({ ...address, Body }), until(abortSignal))).VersionId);
  }
  ids.delete(undefined);
  const listed = new Set<string>();
  for await (const { versionId } of listVersions(client, Bucket, { signal: abortSignal })) listed.add(versionId);
  return ids.size === 2 && [...ids].every((id) => id !== undefined && listed.has(id));
}

/** Ceph's store in files (18.2) never answers the read: who is that slow is better off without parts. */
const readPatienceMs = 30_000;

/** As objects are written later: one full part, and a small one. */
async function hasMultipart(client: S3Client, bucket: string, retry: RetryOptions): Promise<boolean> {
  const bytes = Buffer.alloc(pieceBytes + 1000, randomBytes(1009));
  const target = { bucket, key: "parts", abilities: { tags: false, checksums: false } };
  const source = { headers: {}, sizeBytes: bytes.length, body: Readable.from([bytes]) };
  const patience = AbortSignal.timeout(readPatienceMs);
  const signal = AbortSignal.any([patience, ...(retry.signal ? [retry.signal] : [])]);
  try {
    const { versionId, sha256 } = await writeObject(client, target, source, { signal, delaysMs: [] });
    const found = await hashObject(client, { bucket, key: "parts", versionId }, { signal, delaysMs: [] });
    return found.sha256 === sha256;
  } catch (error) {
    retry.signal?.throwIfAborted();
    if (error instanceof TransferError || patience.aborted) return false;
    throw error;
  }
}

/** Also when it was cut off. What stays behind is empty or one byte, and says by its name what it was for. */
async function cleanUp(client: S3Client, Bucket: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const options = until(signal);
  try {
    for await (const { key: Key, versionId: VersionId } of listVersions(client, Bucket, { signal })) {
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }), options);
    }
  } catch {
    for (const Key of ["probe", "parts"]) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), options).catch(() => {});
    }
  }
  await client.send(new DeleteBucketCommand({ Bucket }), options).catch(() => {});
}
