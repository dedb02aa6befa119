import { createHash } from "node:crypto";
import type { ChecksumAlgorithm } from "./checksum-algorithm.ts";
import { encodeCrc32, encodeCrc64 } from "./encode-crc.ts";
import { crc64nvme } from "./load-checksums.ts";
import { type Crc32Function, native } from "./native-crc32.ts";

/** One checksum under way. */
export interface Checksum {
  /** The bytes are read before it returns; the caller may reuse its buffer. */
  update(bytes: Uint8Array): void;
  /** Base64 of the big-endian checksum, as in `x-amz-checksum-*`. Call it once, after the last `update`. */
  digest(): string;
}

/**
 * Starts a checksum of a stream of bytes. Of no bytes at all it is that of the empty object.
 *
 * @example
 * const checksum = createChecksum("CRC32C");
 * checksum.update(Buffer.from("123456789"));
 * checksum.digest(); // "4waSgw=="
 */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case "CRC32":
      return createCrc32Checksum(native.crc32);
    case "CRC32C":
      return createCrc32Checksum(native.crc32c);
    case "CRC64NVME":
      return createCrc64Checksum();
    case "SHA1":
    case "SHA256":
      return createHashChecksum(algorithm);
    default:
      throw new TypeError(
        `Expected \`algorithm\` to be a checksum algorithm, got ${String(algorithm satisfies never)}`,
      );
  }
}

function createCrc32Checksum(crc: Crc32Function): Checksum {
  let value = 0;
  return {
    update(bytes) {
      value = crc(bytes, value);
    },
    digest() {
      return encodeCrc32(value);
    },
  };
}

function createCrc64Checksum(): Checksum {
  let value = 0n;
  return {
    update(bytes) {
      value = crc64nvme(bytes, value);
    },
    digest() {
      return encodeCrc64(value);
    },
  };
}

function createHashChecksum(algorithm: "SHA1" | "SHA256"): Checksum {
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest() {
      return hash.digest("base64");
    },
  };
}
