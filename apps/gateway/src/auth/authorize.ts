import type { Bucket, ObjectStore } from "@stave/object-store";
import type { Account } from "../accounts.ts";
import { S3Error } from "../errors/s3-error.ts";

export type AccessRequest = {
  readonly account: Account | undefined;
  readonly bucket: string;
  /** Told even to those who are refused: clients learn where to go from it. */
  readonly region: string;
  /** `x-amz-expected-bucket-owner`, or its source variant. */
  readonly expectedOwner?: string | undefined;
};

/**
 * Whether this account may use this bucket and what is in it. Denies by default: only the owner passes.
 *
 * Throws `NoSuchBucket`, also for anonymous requests, as AWS does, and `AccessDenied`.
 */
export async function authorizeBucket(
  store: ObjectStore,
  access: AccessRequest,
): Promise<{ readonly account: Account; readonly bucket: Bucket }> {
  const bucket = await store.readBucket(access.bucket);
  if (bucket === undefined) throw noSuchBucket(access.bucket);
  if (access.account === undefined || access.account.id !== bucket.ownerId) throw accessDenied(access.region);
  if (access.expectedOwner !== undefined && access.expectedOwner !== bucket.ownerId) throw accessDenied(access.region);
  return { account: access.account, bucket };
}

/** Any account may list its buckets and create one; nobody may without signing. Throws `AccessDenied`. */
export function authorizeAccount(account: Account | undefined): Account {
  if (account === undefined) throw accessDenied();
  return account;
}

function noSuchBucket(name: string): S3Error {
  return new S3Error("NoSuchBucket", "The specified bucket does not exist", { elements: { BucketName: name } });
}

function accessDenied(region?: string): S3Error {
  return new S3Error(
    "AccessDenied",
    "Access Denied",
    region === undefined ? {} : { headers: { "x-amz-bucket-region": region } },
  );
}
