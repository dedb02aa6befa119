import { parseOwnershipControls, writeOwnershipControls } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { S3Error } from "../errors/s3-error.ts";
import { isPrivate } from "./describe-new-object.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketOwnershipControls: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const getBucketOwnershipControls = getStored(
  "ownershipControls",
  absentConfiguration("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
);

/**
 * PutBucketOwnershipControls: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
 *
 * Throws `InvalidBucketAclWithObjectOwnership` when ACLs are to be turned off and the bucket's lets somebody else in.
 */
export const putBucketOwnershipControls = putStored("ownershipControls", {
  parse: parseOwnershipControls,
  write: writeOwnershipControls,
  check: ({ objectOwnership }, _, request) => {
    const { rules, bucket } = authorizationOf(request);
    if (objectOwnership !== "BucketOwnerEnforced" || rules.grants === undefined) return;
    if (!isPrivate(rules.grants, bucket.ownerId)) throw invalidBucketAcl();
  },
});

/** DeleteBucketOwnershipControls: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export const deleteBucketOwnershipControls = deleteStored("ownershipControls");

export function invalidBucketAcl(): S3Error {
  return new S3Error(
    "InvalidBucketAclWithObjectOwnership",
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
}
