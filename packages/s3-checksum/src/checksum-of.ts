import { hash } from "node:crypto";
import type { ChecksumAlgorithm } from "./checksum-algorithm.ts";
import { encodeCrc32, encodeCrc64 } from "./encode-crc.ts";
import { crc64nvme } from "./load-checksums.ts";
import { native } from "./native-crc32.ts";

/**
 * The checksum of bytes that are all there: what `createChecksum` gives, at less cost for small ones.
 *
 * @example
 * checksumOf("CRC32C", Buffer.from("123456789")); // "4waSgw=="
 */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  switch (algorithm) {
    case "CRC32":
      return encodeCrc32(native.crc32(bytes, 0));
    case "CRC32C":
      return encodeCrc32(native.crc32c(bytes, 0));
    case "CRC64NVME":
      return encodeCrc64(crc64nvme(bytes, 0n));
    case "SHA1":
    case "SHA256":
      return hash(algorithm, bytes, "base64");
    default:
      throw new TypeError(
        `Expected \`algorithm\` to be a checksum algorithm, got ${String(algorithm satisfies never)}`,
      );
  }
}
