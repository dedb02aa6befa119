import { defaultChecksum } from "../body/checksum-headers.ts";
import { wantedEncryption } from "../encryption/wanted-encryption.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { writtenHeaders } from "../headers/object-headers.ts";
import { readObjectMetadata } from "../headers/object-metadata.ts";
import { refuseRenameSource } from "../headers/refuse-foreign.ts";
import { readWriteConditions } from "../headers/write-conditions.ts";
import { requireDigest, withDefaultRetention } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import { expirationHeader } from "../lifecycle/lifecycle-headers.ts";
import { appendObject, writeOffsetHeader } from "./append-object.ts";
import { describeNewObject } from "./describe-new-object.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/**
 * PutObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 *
 * Throws `MetadataTooLarge`, `InvalidTag`, `InvalidArgument`, `InvalidRequest` and what {@link wantedEncryption} throws for the
 * headers; `PreconditionFailed`, `NoSuchKey`, `BadDigest`, `QuotaExceeded`, `InsufficientStorage` from the store; whatever made
 * the body fail.
 */
export async function putObject(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  if (request.headers[writeOffsetHeader] !== undefined) return appendObject(context, request);
  const { bucket, key, headers, body, bucketInfo } = request;
  refuseRenameSource(headers);
  // Headers first: a bad one must be answered before the client has sent 5 GB.
  const metadata = readObjectMetadata(headers);
  const conditions = readWriteConditions(headers);
  const { ownerId, attributes: said } = describeNewObject(context, request);
  const attributes = bucketInfo?.hasObjectLock === true ? await withDefaultRetention(said, request) : said;
  requireDigest(body, attributes, "Object");
  const wanted = wantedEncryption(context, request);
  const encryption = wanted === undefined ? undefined : await wanted;

  body.alsoCompute(defaultChecksum);
  const stored = await context.store.putObject({ bucket, key }, await body.source(), {
    ownerId,
    metadata,
    ...(attributes !== undefined && { attributes }),
    declaredSizeBytes: body.declaredSizeBytes,
    contentMd5: body.contentMd5,
    checksum: body.checksum,
    ...(conditions !== undefined && { conditions }),
    ...(encryption !== undefined && { encryption }),
  });
  const answered = writtenHeaders(stored);
  if (encryption !== undefined) Object.assign(answered, encryptionHeaders(headers, encryption.description));
  const expiration = expirationHeader(context, request, stored);
  if (expiration !== undefined) Object.assign(answered, await expiration);
  return { status: 200, headers: answered };
}
