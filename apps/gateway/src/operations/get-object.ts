import type { ByteRange, ObjectVersion, OpenObject, OpenObjectPart } from "@stave/object-store";
import { authorizationOf } from "../auth/authorization.ts";
import { checkObject, missingObject } from "../auth/authorize.ts";
import { keyOfVersion } from "../encryption/key-of-version.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { expirationHeader } from "../lifecycle/lifecycle-headers.ts";
import { describeRead, invalidPartNumber, readPartNumber, wholeAsPart } from "./describe-read.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/**
 * GetObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * Throws `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` (a delete marker by its id), `NotModified`, `PreconditionFailed`,
 * `InvalidRange`, `InvalidPartNumber`, `InvalidArgument`, `InvalidRequest`, `AccessDenied` for a wrong key of an encrypted object.
 */
export async function getObject(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { store, masterKeys } = context;
  const { bucket, key, query, headers: sent } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const partNumber = readPartNumber(request);
  const authorization = authorizationOf(request);
  const keyOf = (version: ObjectVersion): Uint8Array => {
    checkObject(authorization, version); // who may not read it learns nothing of its encryption
    return keyOfVersion(masterKeys, sent, version);
  };
  const open = await store.openObject({ bucket, key }, versionId, { keyOf });
  if (open === undefined || !("version" in open)) {
    throw missingObject(authorization, missingVersion(open, { key, versionId }));
  }
  try {
    checkObject(authorization, open.version);
    const part = partNumber === undefined ? undefined : await findPart(open, partNumber);
    const { status, headers, sizeBytes, range } = describeRead(request, open.version, part);
    const expiration = expirationHeader(context, request, open.version);
    if (expiration !== undefined) Object.assign(headers, await expiration);
    const bytes = sizeBytes === 0 ? noBytes : bytesInMemory(open, range);
    return {
      status,
      headers,
      content: { sizeBytes, bytes, chunks: () => open.read(range), close: () => open.close() },
    };
  } catch (error) {
    await open.close();
    throw error;
  }
}

const noBytes = new Uint8Array(0);

function bytesInMemory({ bytes }: OpenObject, range: ByteRange | undefined): Uint8Array | undefined {
  return range === undefined ? bytes : bytes?.subarray(range.first, range.last + 1);
}

/** Throws `InvalidPartNumber`. */
export async function findPart(open: OpenObject, partNumber: number): Promise<OpenObjectPart> {
  if (open.version.partsCount === undefined) return wholeAsPart(open.version, partNumber);
  const part = await open.part(partNumber);
  if (part === undefined) throw invalidPartNumber(open.version, partNumber);
  return part;
}
