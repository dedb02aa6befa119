import type {
  CompleteUploadInput,
  ObjectStore,
  ObjectVersion,
  Part,
  StoredChecksum,
  Upload,
  UploadAddress,
} from "@stave/object-store";
import { type ChecksumAlgorithm, checksumAlgorithms, combineChecksums, compositeChecksum } from "@stave/s3-checksum";
import { type CompletedPart, parseCompleteMultipartUpload, writeCompleteMultipartUploadResult } from "@stave/s3-xml";
import { checksumHeader, parseAlgorithm } from "../body/checksum-headers.ts";
import { entityTooLarge } from "../body/open-body.ts";
import { readDocument } from "../body/read-document.ts";
import { readDefaultRetention } from "../configuration/default-retention.ts";
import { encryptionOfPart } from "../encryption/key-of-version.ts";
import { isManaged } from "../encryption/object-key.ts";
import { S3Error } from "../errors/s3-error.ts";
import { encryptionHeaders, readCustomerKey } from "../headers/encryption-headers.ts";
import { versionHeader } from "../headers/object-headers.ts";
import { readWriteConditions } from "../headers/write-conditions.ts";
import type { S3Response } from "../http/s3-response.ts";
import { expirationHeader } from "../lifecycle/lifecycle-headers.ts";
import { uploadAddress } from "./find-upload.ts";
import { objectUrl } from "./object-url.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

const maxParts = 10_000;
/** 5 TiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxObjectBytes = 5 * 1024 ** 4;

/**
 * CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 *
 * The store decides about parts and conditions when it commits; here the checksums are compared and made into one.
 */
export async function completeMultipartUpload(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { store, masterKeys } = context;
  const { bucket, key, headers } = request;
  const address = uploadAddress(request);
  const conditions = readWriteConditions(headers);
  const { parts } = parseCompleteMultipartUpload(await readDocument(request.body));
  refuseParts(parts);

  const upload = await store.readUpload(address);
  // The customer's key is not needed here, but a wrong one is a mistake.
  if (upload !== undefined && readCustomerKey(headers) !== undefined) encryptionOfPart(masterKeys, headers, upload);
  // Without an upload the store may still know the object that this request has made before.
  const checksum = upload && (await objectChecksum(store, upload, parts, request));
  const isRetained = upload?.attributes?.retention !== undefined;
  const retention = isRetained ? undefined : await readDefaultRetention(request);
  const completed: CompleteUploadInput = {
    parts,
    ...(retention !== undefined && { attributes: { retention } }),
    ...(conditions !== undefined && { conditions }),
    ...(checksum !== undefined && { checksum }),
  };
  const version = await store.completeUpload(address, completed);
  return {
    status: 200,
    headers: {
      ...versionHeader(version),
      ...managedHeaders(version),
      ...(await expirationHeader(context, request, version)),
    },
    xml: writeCompleteMultipartUploadResult({
      location: objectUrl(request),
      bucket,
      key,
      etag: version.etag,
      checksum: version.checksum,
      checksumType: version.checksum?.type,
    }),
  };
}

/** S3 tells of no other encryption here. */
function managedHeaders({ encryption }: ObjectVersion): Record<string, string> {
  return encryption !== undefined && isManaged(encryption) ? encryptionHeaders({}, encryption) : {};
}

function refuseParts(parts: readonly CompletedPart[]): void {
  for (const { partNumber } of parts) {
    if (partNumber >= 1 && partNumber <= maxParts) continue;
    throw new S3Error("InvalidArgument", "PartNumber must be >= 1 and <= 10000", {
      elements: { ArgumentName: "partNumber", ArgumentValue: String(partNumber) },
    });
  }
}

/** Verifies every checksum and size the request names, and combines those of the parts. */
async function objectChecksum(
  store: ObjectStore,
  upload: Upload,
  listed: readonly CompletedPart[],
  request: BodyRequest,
): Promise<StoredChecksum | undefined> {
  const stored = await storedParts(store, upload);
  const chosen = listed.map((part) => findPart(stored, part));
  checkSize(chosen, request.headers["x-amz-mp-object-size"]);
  listed.forEach((part, index) => {
    comparePartChecksum(part, chosen[index], upload);
  });
  const checksum = combine(upload, listed, chosen);
  compareWholeChecksum(checksum, upload, request);
  return checksum;
}

async function storedParts(store: ObjectStore, upload: UploadAddress): Promise<ReadonlyMap<number, Part>> {
  const { parts } = await store.listParts(upload, { maxParts });
  return new Map(parts.map((part) => [part.partNumber, part]));
}

function findPart(stored: ReadonlyMap<number, Part>, { partNumber, etag }: CompletedPart): Part {
  const part = stored.get(partNumber);
  if (part !== undefined && part.etag === etag) return part;
  throw new S3Error(
    "InvalidPart",
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { elements: { PartNumber: String(partNumber), ETag: etag } },
  );
}

/** Throws `EntityTooLarge` for an object larger than S3 has, `InvalidRequest` for one of another size than was promised. */
function checkSize(parts: readonly Part[], header: string | undefined): void {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sizeBytes > maxObjectBytes) throw entityTooLarge(sizeBytes, maxObjectBytes);
  if (header === undefined || header === String(sizeBytes)) return;
  throw new S3Error(
    "InvalidRequest",
    `The provided 'x-amz-mp-object-size' header does not match what was computed: ${sizeBytes}`,
  );
}

function comparePartChecksum(
  { partNumber, etag, checksums }: CompletedPart,
  part: Part | undefined,
  upload: Upload,
): void {
  for (const [element, value] of Object.entries(checksums)) {
    const isStored = part?.checksum !== undefined && element === `Checksum${part.checksum.algorithm}`;
    // A client may name a checksum that this upload does not keep; what is kept must agree.
    if (!isStored || part.checksum?.value === value) continue;
    throw new S3Error("InvalidPart", "The checksum of a part does not match the part that was uploaded.", {
      elements: { PartNumber: String(partNumber), ETag: etag },
    });
  }
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (algorithm === undefined || type !== "COMPOSITE" || checksums[`Checksum${algorithm}`] !== undefined) return;
  throw new S3Error(
    "InvalidRequest",
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
  );
}

function combine(upload: Upload, listed: readonly CompletedPart[], parts: readonly Part[]): StoredChecksum | undefined {
  const algorithm = upload.checksumAlgorithm === undefined ? common(parts) : parseAlgorithm(upload.checksumAlgorithm);
  if (algorithm === undefined) return undefined;
  const values = parts.map(({ checksum, sizeBytes }) => ({ value: checksum?.value ?? "", sizeBytes }));
  if (upload.checksumType === "COMPOSITE") {
    refuseGaps(listed);
    return {
      algorithm,
      type: "COMPOSITE",
      value: compositeChecksum(
        algorithm,
        values.map(({ value }) => value),
      ),
    };
  }
  if (algorithm === "SHA1" || algorithm === "SHA256") return undefined;
  return { algorithm, type: "FULL_OBJECT", value: combineChecksums(algorithm, values) };
}

/** Of an upload that named no algorithm: the one of all its parts, which is S3's default where clients sent none either. */
function common(parts: readonly Part[]): ChecksumAlgorithm | undefined {
  const algorithm = parts[0]?.checksum?.algorithm;
  const isCommon = parts.every(({ checksum }) => checksum?.algorithm === algorithm);
  return isCommon && algorithm !== undefined ? parseAlgorithm(algorithm) : undefined;
}

/** With per-part checksums the numbers must be 1, 2, 3, ... */
function refuseGaps(listed: readonly CompletedPart[]): void {
  if (listed.every(({ partNumber }, index) => partNumber === index + 1)) return;
  throw new S3Error(
    "InvalidPartOrder",
    "The list of parts was not in ascending order. Parts must be ordered by part number, from 1 and without gaps.",
  );
}

function compareWholeChecksum(checksum: StoredChecksum | undefined, upload: Upload, { headers }: BodyRequest): void {
  const type = headers["x-amz-checksum-type"]?.toUpperCase();
  if (type !== undefined && upload.checksumType !== undefined && type !== upload.checksumType) {
    throw new S3Error(
      "InvalidRequest",
      `The upload was created using the ${upload.checksumType} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const named = checksumAlgorithms.find((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  if (named === undefined) return;
  if (checksum?.algorithm !== named) {
    const expected = upload.checksumAlgorithm?.toLowerCase() ?? "null";
    throw new S3Error(
      "InvalidRequest",
      `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${named.toLowerCase()}`,
    );
  }
  // Some clients leave out the `-N` of a composite checksum.
  const [value] = checksum.value.split("-");
  const sent = headers[checksumHeader(checksum.algorithm)];
  if (sent === undefined || sent === checksum.value || sent === value) return;
  throw new S3Error("BadDigest", `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}
