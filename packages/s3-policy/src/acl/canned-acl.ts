// Canned ACLs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
import { aclGroups, type Grant, type Permission } from "./acl.ts";

const cannedAcls = [
  "private",
  "public-read",
  "public-read-write",
  "aws-exec-read",
  "authenticated-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
  "log-delivery-write",
] as const;

/** A value of `x-amz-acl`. */
export type CannedAcl = (typeof cannedAcls)[number];

/** Whether S3 has a canned ACL of this name. */
export function isCannedAcl(name: string): name is CannedAcl {
  return cannedAcls.some((known) => known === name);
}

export type CannedAclOptions = {
  /** Of the bucket or object that gets the ACL. */
  readonly ownerId: string;
  /** Of the bucket that an object lies in; without it the ACL is a bucket's. */
  readonly bucketOwnerId?: string | undefined;
};

/**
 * The grants that a canned ACL stands for, the owner's own last as AWS lists them. Some are for buckets or for objects only,
 * and are `private` on the other kind. `aws-exec-read` is `private`: there is nobody here whom it would let in.
 */
export function cannedAclGrants(name: CannedAcl, { ownerId, bucketOwnerId }: CannedAclOptions): readonly Grant[] {
  const own: Grant = { grantee: { id: ownerId }, permission: "FULL_CONTROL" };
  switch (name) {
    case "private":
    case "aws-exec-read":
      return [own];
    case "public-read":
      return [group("allUsers", "READ"), own];
    case "public-read-write":
      return [group("allUsers", "READ"), group("allUsers", "WRITE"), own];
    case "authenticated-read":
      return [group("authenticatedUsers", "READ"), own];
    case "log-delivery-write":
      if (bucketOwnerId !== undefined) return [own];
      return [group("logDelivery", "WRITE"), group("logDelivery", "READ_ACP"), own];
    case "bucket-owner-read":
    case "bucket-owner-full-control":
      // Nothing is added for somebody who has it all.
      if (bucketOwnerId === undefined || bucketOwnerId === ownerId) return [own];
      return [
        own,
        { grantee: { id: bucketOwnerId }, permission: name === "bucket-owner-read" ? "READ" : "FULL_CONTROL" },
      ];
  }
}

function group(name: keyof typeof aclGroups, permission: Permission): Grant {
  return { grantee: { uri: aclGroups[name] }, permission };
}
