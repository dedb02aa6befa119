import type { ObjectVersion, OpenObject } from "@stave/object-store";
import { authorizationOf } from "../auth/authorization.ts";
import { authorizeSource, missingObject, requireRead } from "../auth/authorize.ts";
import { checkReader, keyOfVersion } from "../encryption/key-of-version.ts";
import { S3Error } from "../errors/s3-error.ts";
import { type CopySource, checkSourceConditions } from "../headers/copy-source.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** The largest object that one copy may read, 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const maxSourceBytes = 5 * 1024 ** 3;

/**
 * Opens what a copy reads, as its requester: reading the source needs its own permission. The caller closes it.
 *
 * Throws `AccessDenied`, `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `InvalidRequest`, `PreconditionFailed`.
 */
export async function openSource(
  context: OperationContext,
  request: OperationRequest,
  { bucket, key, versionId }: CopySource,
): Promise<OpenObject> {
  const authorization = await authorizeSource(context, {
    ...authorizationOf(request),
    bucket,
    key,
    versionId,
    expectedOwner: request.headers["x-amz-source-expected-bucket-owner"],
  });
  const checkRead = (version: ObjectVersion) =>
    requireRead(authorization, version, { copiesTags: copiesTags(request, version) });
  const open = await context.store.openObject({ bucket, key }, versionId, {
    keyOf(version) {
      checkRead(version); // who may not read it learns nothing of its encryption
      return keyOfVersion(context.masterKeys, request.headers, version, "source");
    },
  });
  if (open === undefined || !("version" in open)) {
    const missing = missingVersion(open, { key, versionId });
    const answer = missingObject(authorization, missing);
    if (answer === missing && open !== undefined && versionId !== undefined) {
      throw new S3Error(
        "InvalidRequest",
        "The source of a copy request may not specifically refer to a delete marker by version id.",
      );
    }
    throw answer;
  }
  try {
    checkRead(open.version);
    checkReader(request.headers, open.version, "source");
    checkSourceConditions(request, open.version);
    return open;
  } catch (error) {
    await open.close();
    throw error;
  }
}

function copiesTags({ authorization, headers }: OperationRequest, { attributes }: ObjectVersion): boolean {
  const isCopy = authorization?.operation === "CopyObject";
  return isCopy && attributes?.tags !== undefined && headers["x-amz-tagging-directive"] !== "REPLACE";
}

/** A larger source is copied in parts. Throws `InvalidRequest`. */
export function refuseLargeSource(sizeBytes: number): void {
  if (sizeBytes <= maxSourceBytes) return;
  throw new S3Error(
    "InvalidRequest",
    `The specified copy source is larger than the maximum allowable size for a copy source: ${maxSourceBytes}`,
  );
}
