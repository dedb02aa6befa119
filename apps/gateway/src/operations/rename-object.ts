import type { ObjectVersion, WriteConditions } from "@stave/object-store";
import { authorizationOf } from "../auth/authorization.ts";
import { authorizeDelete, missingObject, requireRead } from "../auth/authorize.ts";
import { S3Error } from "../errors/s3-error.ts";
import { evaluateReadConditions, preconditionFailed } from "../headers/read-conditions.ts";
import { readRenameSource, renameSourceHeader } from "../headers/rename-source.ts";
import { readWriteConditions } from "../headers/write-conditions.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/**
 * RenameObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
 *
 * AWS has it on directory buckets, which have no versions; here it is on every bucket that never had any. `x-amz-client-token`,
 * which SDKs send by themselves, is not remembered: a rename that is repeated finds no source.
 *
 * Throws `AccessDenied`, `InvalidArgument`, `InvalidRequest`, `NoSuchKey`, `PreconditionFailed`, `InvalidBucketState`.
 */
export async function renameObject({ store }: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, headers } = request;
  const sourceKey = readRenameSource(headers, bucket);
  if (key.endsWith("/") || sourceKey.endsWith("/")) {
    throw new S3Error("InvalidRequest", "Keys that end with a slash can be neither renamed nor a new name.");
  }
  const authorization = { ...authorizationOf(request), key: sourceKey };
  const source = await store.headObject({ bucket, key: sourceKey });
  if (source === undefined || source.isDeleteMarker) {
    throw missingObject(authorization, missingVersion(source, { key: sourceKey, versionId: undefined }));
  }
  // As a copy and a delete: under its new key it may be one that the requester can read.
  requireRead(authorization, source, { copiesTags: source.attributes?.tags !== undefined });
  await authorizeDelete(store, authorization);
  checkConditions(request, renameSourceHeader, source);
  const conditions = await destinationConditions(request, () => store.headObject({ bucket, key }));

  await store.renameObject(
    { bucket, key },
    {
      sourceKey,
      ...(hasConditions(headers, renameSourceHeader) && { sourceConditions: { ifMatch: source.etag } }),
      ...(conditions !== undefined && { conditions }),
    },
  );
  return { status: 200 };
}

const conditionNames = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;

function hasConditions(headers: RequestHeaders, prefix: string): boolean {
  return conditionNames.some((name) => headers[`${prefix}-${name}`] !== undefined);
}

/** Throws `PreconditionFailed`: "not modified" is a failure as well. */
function checkConditions({ headers, receivedAt }: OperationRequest, prefix: string, version: ObjectVersion): void {
  const start = prefix === "" ? "" : `${prefix}-`;
  const result = evaluateReadConditions(
    {
      ifMatch: headers[`${start}if-match`],
      ifNoneMatch: headers[`${start}if-none-match`],
      ifModifiedSince: headers[`${start}if-modified-since`],
      ifUnmodifiedSince: headers[`${start}if-unmodified-since`],
      receivedAt,
    },
    version,
  );
  if (result.outcome !== "proceed") throw preconditionFailed(`${start}${result.condition}`);
}

/** What the store is to decide in its commit. Dates are compared here, and then it must be the object that was looked at. */
async function destinationConditions(
  request: OperationRequest,
  find: () => ReturnType<OperationContext["store"]["headObject"]>,
): Promise<WriteConditions | undefined> {
  const { headers } = request;
  if (headers["if-modified-since"] === undefined && headers["if-unmodified-since"] === undefined) {
    return readWriteConditions(headers);
  }
  const destination = await find();
  if (destination === undefined || destination.isDeleteMarker) {
    if (headers["if-match"] !== undefined) return readWriteConditions(headers);
    return { ifNoneMatch: "*" };
  }
  checkConditions(request, "", destination);
  return { ifMatch: destination.etag };
}
