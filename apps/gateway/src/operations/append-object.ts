import type {
  AppendObjectInput,
  ChecksummedSize,
  ObjectBody,
  ObjectVersion,
  StoredChecksum,
} from "@stave/object-store";
import { type CrcAlgorithm, combineChecksums } from "@stave/s3-checksum";
import { defaultChecksum } from "../body/checksum-headers.ts";
import { checksummed } from "../body/checksummed.ts";
import type { VerifiedBody } from "../body/open-body.ts";
import { wantedEncryption } from "../encryption/wanted-encryption.ts";
import { S3Error } from "../errors/s3-error.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { writtenHeaders } from "../headers/object-headers.ts";
import { readObjectMetadata } from "../headers/object-metadata.ts";
import { redirectHeader } from "../headers/redirect-location.ts";
import { readWriteConditions } from "../headers/write-conditions.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { describeNewObject } from "./describe-new-object.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

export const writeOffsetHeader = "x-amz-write-offset-bytes";

/**
 * PutObject with `x-amz-write-offset-bytes`, which appends: https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
 *
 * AWS has it on directory buckets, which have no versions; here it is on every bucket that never had any.
 *
 * Throws `InvalidWriteOffset`, `TooManyParts`, `InvalidBucketState`, `InvalidArgument`, `InvalidRequest` for what belongs to a whole
 * object, `NotImplemented` for an object that is encrypted, and what PutObject throws.
 */
export async function appendObject(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { store } = context;
  const { bucket, key, headers, body } = request;
  const offsetBytes = readWriteOffset(headers);
  if (offsetBytes > 0) refuseDescriptions(headers);
  const metadata = readObjectMetadata(headers);
  const conditions = readWriteConditions(headers);
  const { ownerId, attributes } = describeNewObject(context, request);
  // What the bucket wants encrypted is refused by the store, not appended as it is.
  const encryption = await wantedEncryption(context, request);
  const appended = await openAppended(body, offsetBytes > 0 ? await store.headObject({ bucket, key }) : undefined);

  const input: AppendObjectInput = {
    ownerId,
    metadata,
    offsetBytes,
    declaredSizeBytes: body.declaredSizeBytes,
    contentMd5: body.contentMd5,
    checksum: appended.checksum,
    combineChecksums: combine,
    ...(attributes !== undefined && { attributes }),
    ...(conditions !== undefined && { conditions }),
    ...(encryption !== undefined && { encryption }),
  };
  const stored = await store.appendObject({ bucket, key }, appended.body, input);
  const answered = { ...writtenHeaders(stored), ...encryptionHeaders(headers, encryption?.description) };
  return { status: 200, headers: { ...answered, "x-amz-object-size": String(stored.sizeBytes) } };
}

function readWriteOffset(headers: RequestHeaders): number {
  const text = headers[writeOffsetHeader] ?? "";
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new S3Error("InvalidArgument", `The ${writeOffsetHeader} header must be a number of bytes.`, {
    elements: { ArgumentName: writeOffsetHeader, ArgumentValue: text },
  });
}

const descriptions = [
  "x-amz-acl",
  "x-amz-grant-",
  "x-amz-meta-",
  "x-amz-server-side-encryption",
  "x-amz-tagging",
  redirectHeader,
];

/** They were said when the object was made. What every SDK sends, such as a content type, is not worth a refusal. */
function refuseDescriptions(headers: RequestHeaders): void {
  const header = Object.keys(headers).find((name) => descriptions.some((start) => name.startsWith(start)));
  if (header === undefined) return;
  throw new S3Error("InvalidRequest", `${header} cannot be set by appending to an object: it keeps what it has.`);
}

type AppendedBody = { readonly body: ObjectBody; readonly checksum: () => StoredChecksum | undefined };

/** The object keeps its checksum, if that can be made longer: it is computed beside another one that the client sends. */
async function openAppended(
  body: VerifiedBody,
  found: Awaited<ReturnType<OperationContext["store"]["headObject"]>>,
): Promise<AppendedBody> {
  const algorithm = found === undefined || found.isDeleteMarker ? undefined : crcOf(found);
  const sent = body.clientChecksum?.algorithm;
  if (algorithm !== undefined && sent !== undefined && sent !== algorithm) return checksummed(body, algorithm);
  body.alsoCompute(algorithm ?? defaultChecksum);
  return { body: await body.source(), checksum: body.checksum };
}

function crcOf({ checksum }: Pick<ObjectVersion, "checksum">): CrcAlgorithm | undefined {
  return checksum?.type === "FULL_OBJECT" ? crcAlgorithms.find((crc) => crc === checksum.algorithm) : undefined;
}

const crcAlgorithms: readonly CrcAlgorithm[] = ["CRC32", "CRC32C", "CRC64NVME"];

function combine(object: ChecksummedSize, added: ChecksummedSize): StoredChecksum | undefined {
  const algorithm = object.checksum && crcOf({ checksum: object.checksum });
  if (algorithm === undefined || object.checksum === undefined || added.checksum?.algorithm !== algorithm)
    return undefined;
  const value = combineChecksums(algorithm, [
    { value: object.checksum.value, sizeBytes: object.sizeBytes },
    { value: added.checksum.value, sizeBytes: added.sizeBytes },
  ]);
  return { algorithm, type: "FULL_OBJECT", value };
}
