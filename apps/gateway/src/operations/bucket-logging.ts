import {
  type BucketLoggingStatus,
  parseBucketLoggingStatus,
  writeBucketLoggingStatus,
  writeUnsetConfiguration,
} from "@stave/s3-xml";
import { findTarget } from "../access-log/find-target.ts";
import { maxTargetPrefixBytes } from "../access-log/log-key.ts";
import { authorizationOf } from "../auth/authorization.ts";
import { requireInReach } from "../auth/require-in-reach.ts";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";
import { getStored, putStored } from "./stored-configuration.ts";

/** GetBucketLogging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export const getBucketLogging = getStored("logging", async () => ({
  status: 200,
  xml: writeUnsetConfiguration("BucketLoggingStatus"),
}));

/** PutBucketLogging, which also turns it off: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
export const putBucketLogging = putStored("logging", {
  parse: parseBucketLoggingStatus,
  write: (status) => (status.loggingEnabled === undefined ? undefined : writeBucketLoggingStatus(status)),
  check: checkLogging,
});

async function checkLogging(
  { loggingEnabled }: BucketLoggingStatus,
  { store }: OperationContext,
  request: BodyRequest,
): Promise<void> {
  if (loggingEnabled === undefined) return;
  const { targetBucket, targetPrefix, targetGrants = [] } = loggingEnabled;
  // Log objects belong to the owner of the bucket. Who else may read them is for the target bucket's policy to say.
  if (targetGrants.length > 0) throw notImplemented({ parameter: "TargetGrants" });
  if (Buffer.byteLength(targetPrefix) > maxTargetPrefixBytes || targetPrefix.includes("\0")) {
    throw new S3Error("InvalidArgument", `The target prefix cannot be longer than ${maxTargetPrefixBytes} bytes.`, {
      elements: { ArgumentName: "TargetPrefix" },
    });
  }
  const authorization = authorizationOf(request);
  // The server writes there for whoever asks: a key of one bucket must not reach into another by its log.
  const firstLog = { bucket: targetBucket, key: targetPrefix };
  requireInReach(authorization, { action: "s3:PutObject", on: "object" }, firstLog);
  await findTarget(store, { ownerId: authorization.bucket.ownerId, targetBucket });
}
