import { createHash } from "node:crypto";
import type { CompleteUploadInput, Part } from "./object-store.ts";
import { StoreError } from "./store-error.ts";

/** Amazon S3's least size of every part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 * 1024;

type ListedParts = CompleteUploadInput["parts"];

/**
 * The stored parts that a completion lists, in their order.
 *
 * Throws `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`.
 */
export function selectCompletedParts<P extends Pick<Part, "partNumber" | "sizeBytes" | "etag">>(
  listed: ListedParts,
  stored: ReadonlyMap<number, P>,
): P[] {
  if (listed.length === 0) throw new StoreError("InvalidPart", "Expected at least one part, got an empty list");
  checkAscending(listed);
  const parts = listed.map((part) => findPart(part, stored));
  for (const part of parts.slice(0, -1)) {
    if (part.sizeBytes < minPartBytes) throw entityTooSmall(part);
  }
  return parts;
}

/** True when the list names exactly these parts: a completion that is repeated. */
export function isSameParts(
  listed: ListedParts,
  stored: readonly { readonly partNumber: number; readonly etag: string }[],
): boolean {
  return (
    listed.length === stored.length &&
    listed.every(({ partNumber, etag }, at) => stored[at]?.partNumber === partNumber && stored[at]?.etag === etag)
  );
}

/** MD5 of the binary MD5s of the parts, and how many they are. */
export function multipartEtag(parts: readonly { readonly etag: string }[]): string {
  const digest = createHash("md5");
  for (const { etag } of parts) digest.update(etag, "hex");
  return `${digest.digest("hex")}-${parts.length}`;
}

function checkAscending(listed: ListedParts): void {
  let previous = 0;
  for (const { partNumber } of listed) {
    if (partNumber <= previous) {
      throw new StoreError("InvalidPartOrder", `Expected ascending part numbers, got ${partNumber} after ${previous}`, {
        details: { PartNumber: String(partNumber) },
      });
    }
    previous = partNumber;
  }
}

function findPart<P extends { readonly etag: string }>(
  { partNumber, etag }: ListedParts[number],
  stored: ReadonlyMap<number, P>,
): P {
  const part = stored.get(partNumber);
  if (part?.etag === etag) return part;
  const reason = part === undefined ? "was not uploaded" : "has another ETag";
  throw new StoreError("InvalidPart", `Part ${partNumber} ${reason}`, {
    details: { PartNumber: String(partNumber), ETag: etag },
  });
}

function entityTooSmall({ partNumber, sizeBytes, etag }: Pick<Part, "partNumber" | "sizeBytes" | "etag">): StoreError {
  return new StoreError("EntityTooSmall", `Part ${partNumber} is not the last one and below 5 MiB`, {
    details: {
      PartNumber: String(partNumber),
      ETag: etag,
      ProposedSize: String(sizeBytes),
      MinSizeAllowed: String(minPartBytes),
    },
  });
}
