import { randomUUID } from "node:crypto";
import {
  type LifecycleConfiguration,
  maxLifecycleConfigurationBytes,
  parseLifecycleConfiguration,
  writeLifecycleConfiguration,
} from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import { checkLifecycle } from "../lifecycle/check-lifecycle.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";
import { getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

const sizeHeader = "x-amz-transition-default-minimum-object-size";
const defaultSize = "all_storage_classes_128K";

const get = getStored(
  "lifecycle",
  absentConfiguration("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
);

const put = putStored("lifecycle", {
  parse: (document) => withIds(parseLifecycleConfiguration(document)),
  write: writeLifecycleConfiguration,
  check: checkConfiguration,
});

/** GetBucketLifecycleConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export async function getBucketLifecycleConfiguration(
  context: OperationContext,
  request: OperationRequest,
): Promise<S3Response> {
  const answer = await get(context, request);
  const size = (await request.configurations()).text("lifecycle-transition-size") ?? defaultSize;
  return { ...answer, headers: { [sizeHeader]: size } };
}

/**
 * PutBucketLifecycleConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 *
 * The size that transitions are meant for has nothing to work on, because there are none, and is kept for its reader. Throws what
 * `checkLifecycle` throws.
 */
export async function putBucketLifecycleConfiguration(
  context: OperationContext,
  request: BodyRequest,
): Promise<S3Response> {
  const size = readSize(request);
  const answer = await put(context, request);
  await context.store.putBucketConfiguration(
    request.bucket,
    "lifecycle-transition-size",
    size === defaultSize ? undefined : size,
  );
  return { ...answer, headers: { [sizeHeader]: size } };
}

/** DeleteBucketLifecycle: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export async function deleteBucketLifecycle(
  { store }: OperationContext,
  { bucket }: OperationRequest,
): Promise<S3Response> {
  await store.putBucketConfiguration(bucket, "lifecycle", undefined);
  await store.putBucketConfiguration(bucket, "lifecycle-transition-size", undefined);
  return { status: 204 };
}

/** S3 makes an id for a rule that comes without. */
function withIds(configuration: LifecycleConfiguration): LifecycleConfiguration {
  return { rules: configuration.rules.map((rule) => ({ ...rule, id: rule.id || randomUUID() })) };
}

function checkConfiguration(configuration: LifecycleConfiguration): void {
  checkLifecycle(configuration);
  // Made ids and escaped characters can make it longer than what was sent.
  if (Buffer.byteLength(writeLifecycleConfiguration(configuration)) <= maxLifecycleConfigurationBytes) return;
  throw new S3Error("MaxMessageLengthExceeded", "Your request was too big.", {
    elements: { MaxMessageLengthBytes: String(maxLifecycleConfigurationBytes) },
  });
}

function readSize({ headers }: BodyRequest): string {
  const size = headers[sizeHeader] ?? defaultSize;
  if (size === defaultSize || size === "varies_by_storage_class") return size;
  throw new S3Error("InvalidArgument", "The transition default minimum object size is not valid", {
    elements: { ArgumentName: sizeHeader, ArgumentValue: size },
  });
}
