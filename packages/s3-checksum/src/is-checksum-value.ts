import { decodeBase64 } from "./canonical-base64.ts";
import { type ChecksumAlgorithm, digestSizeBytes } from "./checksum-algorithm.ts";
import { ChecksumError } from "./checksum-error.ts";

/**
 * Whether `value` is base64 of as many bytes as the algorithm has, in its one canonical form: padded, standard alphabet,
 * unused bits zero. A composite checksum, with `-N` after it, is none.
 */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  return decodeValue(algorithm, value) !== undefined;
}

/** The bytes of a checksum. Throws `InvalidChecksum`. */
export function checksumBytes(algorithm: ChecksumAlgorithm, value: string): Buffer {
  const bytes = decodeValue(algorithm, value);
  if (bytes === undefined) {
    throw new ChecksumError("InvalidChecksum", `Expected base64 of a ${algorithm} checksum`);
  }
  return bytes;
}

function decodeValue(algorithm: ChecksumAlgorithm, value: string): Buffer | undefined {
  return decodeBase64(value, digestSizeBytes[algorithm]);
}
