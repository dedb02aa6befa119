import type { VersionAttributes } from "@stave/object-store";
import type { VerifiedBody } from "../body/open-body.ts";
import { readDefaultRetention } from "../configuration/default-retention.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { BodyRequest, OperationRequest } from "../operations/operation.ts";
import { type LockAttributes, readLockHeaders } from "./object-lock-headers.ts";
import { readTaggingHeader } from "./tagging-header.ts";

/** What the headers of a write say about the version it makes: tags and locks; undefined when they say nothing. */
export function readWrittenAttributes(request: OperationRequest): VersionAttributes | undefined {
  const tags = readTaggingHeader(request.headers);
  const locks = readLockHeaders(request.headers, request);
  if (tags === undefined && locks === undefined) return undefined;
  return { ...(tags !== undefined && { tags }), ...locks };
}

/** With the retention that the bucket gives to what comes without one; undefined when there is nothing to say. */
export async function withDefaultRetention(
  attributes: VersionAttributes | undefined,
  request: OperationRequest,
): Promise<VersionAttributes | undefined> {
  if (attributes?.retention !== undefined) return attributes;
  const retention = await readDefaultRetention(request);
  return retention === undefined ? attributes : { ...attributes, retention };
}

/** What is kept for years must be what was sent: S3 takes nothing that it locks without a digest. Throws `InvalidRequest`. */
export function requireDigest(body: VerifiedBody, locks: LockAttributes | undefined, request: "Object" | "Part"): void {
  const isLocked = locks?.retention !== undefined || locks?.legalHold !== undefined;
  if (!isLocked || body.contentMd5 !== undefined || body.clientChecksum !== undefined) return;
  throw new S3Error(
    "InvalidRequest",
    `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${request} requests with Object Lock parameters`,
  );
}

/** Of documents that change locks, and of those that delete. Throws `InvalidRequest`. */
export function requireDocumentDigest({ body }: BodyRequest): void {
  if (body.contentMd5 !== undefined || body.clientChecksum !== undefined) return;
  throw new S3Error("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}
