import {
  type DeletedObjectEntry,
  type DeleteErrorEntry,
  type ObjectIdentifier,
  parseDelete,
  writeDeleteResult,
} from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { authorizeDelete } from "../auth/authorize.ts";
import { readDocument } from "../body/read-document.ts";
import { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import { readDeleteConditions } from "../headers/delete-conditions.ts";
import { bypassesGovernance } from "../headers/object-lock-headers.ts";
import { checkVersionId } from "../headers/version-id.ts";
import { requireDocumentDigest } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

const maxKeyBytes = 1024;

/**
 * DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 *
 * What goes wrong with one key is said of that key; only a request that cannot be read fails as a whole.
 */
export async function deleteObjects(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  requireDocumentDigest(request);
  const { quiet, objects } = parseDelete(await readDocument(request.body));

  // All at once: the store commits what waits together.
  const outcomes = await Promise.all(objects.map((object) => deleteOne(context, request, object)));
  const deleted = outcomes.filter((outcome) => !("code" in outcome));
  const errors = outcomes.filter((outcome) => "code" in outcome);
  return { status: 200, xml: writeDeleteResult({ deleted: quiet ? [] : deleted, errors }) };
}

async function deleteOne(
  { store, noteError }: OperationContext,
  { bucket, versioning, authorization, headers }: BodyRequest,
  { key, versionId, etag, lastModifiedTime, size }: ObjectIdentifier,
): Promise<DeletedObjectEntry | DeleteErrorEntry> {
  try {
    if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error("KeyTooLongError", "Your key is too long");
    checkVersionId(versionId);
    const conditions = readDeleteConditions({ etag, lastModified: lastModifiedTime, size });
    if (authorization?.isUnrestricted !== true) {
      const known = authorizationOf({ authorization });
      const headers = etag === undefined ? known.headers : { ...known.headers, "if-match": etag };
      await authorizeDelete(store, { ...known, key, versionId, headers });
    }
    const result = await store.deleteObject(
      { bucket, key },
      {
        ...(versionId !== undefined && { versionId }),
        ...conditions,
        ...(bypassesGovernance(headers) && { bypassesGovernance: true }),
      },
    );
    if (versioning === undefined) return { key, versionId };
    return {
      key,
      versionId,
      deleteMarker: result.isDeleteMarker,
      deleteMarkerVersionId: result.isDeleteMarker ? result.versionId : undefined,
    };
  } catch (error) {
    const { code, message } = toS3Error(error);
    noteError(error);
    return { key, versionId, code, message };
  }
}
