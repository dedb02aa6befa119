import { parseTagging, writeTagging } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { checkObject } from "../auth/authorize.ts";
import { readDocument } from "../body/read-document.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkTags, fromTagRecord, toTagRecord } from "../headers/tags.ts";
import type { S3Response } from "../http/s3-response.ts";
import { findObjectVersion, versionHeaders } from "./find-object-version.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";

/** GetObjectTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export async function getObjectTagging(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const version = await findObjectVersion(context, request);
  const tags = fromTagRecord(version.attributes?.tags);
  return { status: 200, headers: versionHeaders(request, version), xml: writeTagging(tags) };
}

/** PutObjectTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export async function putObjectTagging(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const document = await readDocument(request.body);
  if (document.length === 0) throw new S3Error("MissingRequestBodyError", "Request body is empty.");
  const tags = parseTagging(document);
  checkTags(tags, "object");
  const requestTags = toTagRecord(tags);
  const version = await findObjectVersion(context, request);
  checkObject({ ...authorizationOf(request), requestTags }, version);
  return { status: 200, headers: await keepTags(context, request, tags.length === 0 ? null : requestTags) };
}

/** DeleteObjectTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export async function deleteObjectTagging(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  return { status: 204, headers: await keepTags(context, request, null) };
}

async function keepTags(
  context: OperationContext,
  request: OperationRequest,
  tags: Readonly<Record<string, string>> | null,
): Promise<Record<string, string>> {
  const { bucket, key } = request;
  const { versionId } = await findObjectVersion(context, request);
  return versionHeaders(request, await context.store.putObjectAttributes({ bucket, key }, { versionId, tags }));
}
