import type {
  ObjectEncryption,
  ObjectVersion,
  OpenObject,
  PutObjectInput,
  VersionAttributes,
} from "@stave/object-store";
import { isChecksumAlgorithm } from "@stave/s3-checksum";
import { writeCopyObjectResult } from "@stave/s3-xml";
import { defaultChecksum, parseAlgorithm } from "../body/checksum-headers.ts";
import { checksummed } from "../body/checksummed.ts";
import { encryptManaged, isManaged } from "../encryption/object-key.ts";
import { wantedEncryption } from "../encryption/wanted-encryption.ts";
import { S3Error } from "../errors/s3-error.ts";
import { type CopySource, readCopySource } from "../headers/copy-source.ts";
import { encryptionHeaders, readAskedEncryption } from "../headers/encryption-headers.ts";
import { versionHeader } from "../headers/object-headers.ts";
import { readObjectMetadata } from "../headers/object-metadata.ts";
import { copiedMetadata, redirectHeader } from "../headers/redirect-location.ts";
import { refuseWriteOffset } from "../headers/refuse-foreign.ts";
import { readWriteConditions } from "../headers/write-conditions.ts";
import { withDefaultRetention } from "../headers/written-attributes.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { expirationHeader } from "../lifecycle/lifecycle-headers.ts";
import { describeNewObject } from "./describe-new-object.ts";
import { openSource, refuseLargeSource } from "./open-source.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/**
 * CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 *
 * The copy shares the bytes of its source. A multipart source, and another checksum, are read and stored anew, so that the
 * ETag and the checksum are those of an object in one piece, as on AWS; and so is what is to be encrypted otherwise. What is
 * encrypted stays so.
 */
export async function copyObject(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, headers } = request;
  refuseWriteOffset(headers);
  const source = readCopySource(headers);
  const replaces = readDirective(headers, "x-amz-metadata-directive") === "REPLACE";
  const replacesTags = readDirective(headers, "x-amz-tagging-directive") === "REPLACE";
  const conditions = readWriteConditions(headers);
  const isChange = replaces || headers[redirectHeader] !== undefined || readAskedEncryption(headers) !== undefined;
  if (source.bucket === bucket && source.key === key && source.versionId === undefined && !isChange)
    throw copyOntoItself();
  const { ownerId, attributes } = describeNewObject(context, request);
  const said = await withDefaultRetention(attributes, request);
  const wanted = await wantedEncryption(context, request);

  const open = await openSource(context, request, source);
  try {
    refuseLargeSource(open.version.sizeBytes);
    const metadata = replaces ? readObjectMetadata(headers) : copiedMetadata(open.version.metadata, headers);
    const copied = replacesTags ? said : withTagsOf(open.version, said);
    const input = {
      ownerId,
      metadata,
      ...(copied !== undefined && { attributes: copied }),
      ...(conditions !== undefined && { conditions }),
    };
    const version = await store(context, { bucket, key }, open, {
      input,
      algorithm: wantedAlgorithm(headers, open.version),
      wanted,
    });
    const answer = response(source, open.version, version);
    const encrypted = encryptionHeaders(headers, version.encryption);
    const expiration = await expirationHeader(context, request, version);
    return { ...answer, headers: { ...answer.headers, ...encrypted, ...expiration } };
  } finally {
    await open.close();
  }
}

/** Tags go along with a copy; locks and ACLs do not. */
function withTagsOf({ attributes }: ObjectVersion, said: VersionAttributes | undefined): VersionAttributes | undefined {
  const { tags: _, ...others } = said ?? {};
  const tags = attributes?.tags;
  const copied: VersionAttributes = { ...others, ...(tags !== undefined && { tags }) };
  return Object.keys(copied).length === 0 ? undefined : copied;
}

type Copy = {
  readonly input: PutObjectInput;
  /** The checksum the copy must have, when the source's own cannot stay. */
  readonly algorithm: ReturnType<typeof parseAlgorithm> | undefined;
  /** What the request or the bucket wants. */
  readonly wanted: ObjectEncryption | undefined;
};

async function store(
  context: OperationContext,
  destination: { readonly bucket: string; readonly key: string },
  open: OpenObject,
  { input, algorithm, wanted }: Copy,
): Promise<ObjectVersion> {
  const { encryption: had, partsCount } = open.version;
  if (algorithm === undefined && partsCount === undefined && isSameEncryption(had, wanted)) {
    return context.store.copyObject(open, destination, input);
  }
  const encryption = wanted ?? (had === undefined ? undefined : encryptManaged(context.masterKeys));
  const anew = { ...input, declaredSizeBytes: open.version.sizeBytes, ...(encryption !== undefined && { encryption }) };
  if (algorithm !== undefined) {
    const { body, checksum } = checksummed(open.read(), algorithm);
    return context.store.putObject(destination, body, { ...anew, checksum });
  }
  return context.store.putObject(destination, open.read(), { ...anew, checksum: () => open.version.checksum });
}

/** A customer's key may be another one for the copy. */
function isSameEncryption(had: string | undefined, wanted: ObjectEncryption | undefined): boolean {
  if (had === undefined) return wanted === undefined;
  return isManaged(had) && (wanted === undefined || isManaged(wanted.description));
}

function wantedAlgorithm(headers: RequestHeaders, version: ObjectVersion): Copy["algorithm"] {
  const asked = headers["x-amz-checksum-algorithm"];
  const had = version.checksum;
  if (asked !== undefined) {
    const algorithm = parseAlgorithm(asked);
    return had?.algorithm === algorithm && had.type === "FULL_OBJECT" ? undefined : algorithm;
  }
  // Its bytes are read anyway.
  if (had === undefined && version.partsCount !== undefined) return defaultChecksum;
  // A composite checksum is one of parts, and the copy has none.
  return had?.type === "COMPOSITE" && isChecksumAlgorithm(had.algorithm) ? had.algorithm : undefined;
}

function readDirective(headers: RequestHeaders, name: string): "COPY" | "REPLACE" {
  const directive = headers[name] ?? "COPY";
  if (directive === "COPY" || directive === "REPLACE") return directive;
  throw new S3Error(
    "InvalidArgument",
    `Unknown ${name === "x-amz-metadata-directive" ? "metadata" : "tagging"} directive.`,
    {
      elements: { ArgumentName: name, ArgumentValue: directive },
    },
  );
}

function copyOntoItself(): S3Error {
  return new S3Error(
    "InvalidRequest",
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

function response(source: CopySource, from: ObjectVersion, copied: ObjectVersion): S3Response {
  return {
    status: 200,
    headers: {
      ...versionHeader(copied),
      ...((source.versionId !== undefined || from.versionId !== "null") && {
        "x-amz-copy-source-version-id": from.versionId,
      }),
    },
    xml: writeCopyObjectResult({
      etag: copied.etag,
      lastModified: copied.lastModified,
      checksum: copied.checksum,
      checksumType: copied.checksum?.type,
    }),
  };
}
