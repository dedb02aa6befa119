import { type UnsetConfiguration, writeUnsetConfiguration } from "@stave/s3-xml";
import { S3Error, type S3ErrorCode } from "../errors/s3-error.ts";
import type { Operation } from "./operation.ts";

/**
 * Answers to reading a bucket's configuration that cannot be set yet: what AWS says of a bucket that has none. Terraform
 * reads all of these of every bucket and takes a 501 for a failure.
 */
export const unsetConfiguration = {
  GetBucketAccelerateConfiguration: empty("AccelerateConfiguration"),
} as const;

/** What AWS answers when a configuration is read that the bucket does not have. */
export function absentConfiguration(code: S3ErrorCode, message: string): Operation {
  return async (_, { bucket }) => {
    throw new S3Error(code, message, { elements: { BucketName: bucket } });
  };
}

function empty(root: UnsetConfiguration): Operation {
  return async () => ({ status: 200, xml: writeUnsetConfiguration(root) });
}
