import type { ChecksumAlgorithm } from "./checksum-algorithm.ts";
import { ChecksumError } from "./checksum-error.ts";
import { createChecksum } from "./create-checksum.ts";
import { checksumBytes } from "./is-checksum-value.ts";

/**
 * The `COMPOSITE` checksum of a multipart object: the checksum of its parts' checksums, then `-` and their number.
 *
 * Throws `InvalidChecksum` for a value that is none, `UnsupportedChecksumType` for CRC64NVME, which S3 knows as
 * `FULL_OBJECT` only.
 *
 * @example
 * compositeChecksum("CRC32", ["r/zBbw==", "cb7v+Q=="]); // "dYPmEQ==-2"
 */
export function compositeChecksum(algorithm: ChecksumAlgorithm, partValues: readonly string[]): string {
  if (algorithm === "CRC64NVME") {
    throw new ChecksumError("UnsupportedChecksumType", "Expected an algorithm with composite checksums, got CRC64NVME");
  }
  if (partValues.length === 0) throw new TypeError("Expected `partValues` to have at least one checksum, got none");
  const checksum = createChecksum(algorithm);
  for (const value of partValues) checksum.update(checksumBytes(algorithm, value));
  return `${checksum.digest()}-${partValues.length}`;
}
