import type { Retention } from "@stave/object-store";
import { parseRetention, writeRetention } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { bypassesGovernance, checkIsInFuture } from "../headers/object-lock-headers.ts";
import { requireDocumentDigest } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import { findObjectVersion, versionHeaders } from "./find-object-version.ts";
import { noSuchLock, requireObjectLock } from "./object-lock-errors.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";

/** GetObjectRetention: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export async function getObjectRetention(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  requireObjectLock(request);
  const version = await findObjectVersion(context, request);
  const retention = version.attributes?.retention;
  if (retention === undefined) throw noSuchLock();
  const { mode, retainUntil } = retention;
  return {
    status: 200,
    headers: versionHeaders(request, version),
    xml: writeRetention({ mode, retainUntilDate: retainUntil }),
  };
}

/**
 * PutObjectRetention: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
 *
 * An empty document takes the retention away. Throws `InvalidRequest`, `InvalidArgument` for a date that is over, `MalformedXML`,
 * and `AccessDenied` for less than what holds already.
 */
export async function putObjectRetention(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket, key, headers, receivedAt } = request;
  requireObjectLock(request);
  requireDocumentDigest(request);
  const wanted = parseRetention(await readDocument(request.body));
  const retention: Retention | null = wanted ? { mode: wanted.mode, retainUntil: wanted.retainUntilDate } : null;
  if (retention !== null) checkIsInFuture(retention, receivedAt);
  const { versionId } = await findObjectVersion(context, request);
  const version = await context.store.putObjectAttributes(
    { bucket, key },
    { versionId, retention, bypassesGovernance: bypassesGovernance(headers) },
  );
  return { status: 200, headers: versionHeaders(request, version) };
}
