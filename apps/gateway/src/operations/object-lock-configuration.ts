import {
  type DefaultRetention,
  type ObjectLockConfiguration,
  parseObjectLockConfiguration,
  writeObjectLockConfiguration,
} from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { requireDocumentDigest } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";
import { getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

const maxDays = 36_500;
const maxYears = 100;

/** GetObjectLockConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export const getObjectLockConfiguration = getStored("object-lock", withoutDefault);

/**
 * PutObjectLockConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
 *
 * On a versioned bucket without object lock it turns it on, for good. Throws `InvalidBucketState` on one that is not versioned,
 * `InvalidRequest`, `InvalidArgument`, `MalformedXML`.
 */
export async function putObjectLockConfiguration(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  requireDocumentDigest(request);
  return await putConfiguration(context, request);
}

const putConfiguration = putStored("object-lock", {
  parse: parseObjectLockConfiguration,
  write: writeObjectLockConfiguration,
  check: enableLock,
});

async function withoutDefault(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  if (request.bucketInfo?.hasObjectLock !== true) return await absent(context, request);
  return { status: 200, xml: writeObjectLockConfiguration({ objectLockEnabled: "Enabled" }) };
}

const absent = absentConfiguration(
  "ObjectLockConfigurationNotFoundError",
  "Object Lock configuration does not exist for this bucket",
);

/** Before the configuration is kept: a default retention that does not hold must never be told. */
async function enableLock(
  { defaultRetention }: ObjectLockConfiguration,
  { store }: OperationContext,
  { bucket, bucketInfo }: OperationRequest,
): Promise<void> {
  if (defaultRetention !== undefined) checkPeriod(defaultRetention);
  if (bucketInfo?.hasObjectLock !== true) await store.enableObjectLock(bucket);
}

function checkPeriod({ days, years }: DefaultRetention): void {
  const period = days ?? years ?? 0;
  if (period <= 0) throw invalid("Default retention period must be a positive integer value.", period);
  if ((days ?? 0) > maxDays || (years ?? 0) > maxYears) {
    throw invalid(`The default retention period can be at most ${maxDays} days or ${maxYears} years.`, period);
  }
}

function invalid(message: string, period: number): S3Error {
  return new S3Error("InvalidArgument", message, {
    elements: { ArgumentName: "DefaultRetention", ArgumentValue: String(period) },
  });
}
