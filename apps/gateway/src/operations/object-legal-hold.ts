import { parseLegalHold, writeLegalHold } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { requireDocumentDigest } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import { findObjectVersion, versionHeaders } from "./find-object-version.ts";
import { noSuchLock, requireObjectLock } from "./object-lock-errors.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";

/** GetObjectLegalHold: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export async function getObjectLegalHold(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  requireObjectLock(request);
  const version = await findObjectVersion(context, request);
  const legalHold = version.attributes?.legalHold;
  if (legalHold === undefined) throw noSuchLock();
  return {
    status: 200,
    headers: versionHeaders(request, version),
    xml: writeLegalHold({ status: legalHold ? "ON" : "OFF" }),
  };
}

/** PutObjectLegalHold: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export async function putObjectLegalHold(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket, key } = request;
  requireObjectLock(request);
  requireDocumentDigest(request);
  const { status } = parseLegalHold(await readDocument(request.body));
  const { versionId } = await findObjectVersion(context, request);
  const version = await context.store.putObjectAttributes({ bucket, key }, { versionId, legalHold: status === "ON" });
  return { status: 200, headers: versionHeaders(request, version) };
}
