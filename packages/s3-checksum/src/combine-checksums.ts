import type { CrcAlgorithm } from "./checksum-algorithm.ts";
import { add, createByteShift, readPolynomial, writePolynomial, zero } from "./crc-arithmetic.ts";
import { crcParameters } from "./crc-parameters.ts";
import { checksumBytes } from "./is-checksum-value.ts";

/** The checksum of a run of bytes, and how many they are. */
export type PartChecksum = { readonly value: string; readonly sizeBytes: number };

/**
 * The `FULL_OBJECT` checksum of parts put end to end, from their checksums alone: no byte is read again.
 *
 * Of no parts at all it is that of the empty object. Throws `InvalidChecksum` for a value that is none. SHA-1 and
 * SHA-256 cannot be combined, in S3 or anywhere.
 *
 * @example
 * combineChecksums("CRC32", [
 *   { value: "r/zBbw==", sizeBytes: 5_242_880 },
 *   { value: "cb7v+Q==", sizeBytes: 1 },
 * ]); // "rBxv8Q=="
 */
export function combineChecksums(algorithm: CrcAlgorithm, parts: readonly PartChecksum[]): string {
  const parameters = crcParameters[algorithm];
  const shift = createByteShift(parameters);
  let combined = zero;
  for (const { value, sizeBytes } of parts) {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new TypeError(`Expected \`sizeBytes\` to be a non-negative integer, got ${sizeBytes}`);
    }
    // The start and end values of the register cancel out, so finished checksums can be shifted and added.
    combined = add(shift(combined, sizeBytes), readPolynomial(checksumBytes(algorithm, value)));
  }
  return writePolynomial(combined, parameters).toString("base64");
}
