/** The algorithms of `x-amz-checksum-algorithm` that this package computes. */
export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";

/** The algorithms whose checksums of parts combine into that of the whole object. */
export type CrcAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME";

/** All of {@link ChecksumAlgorithm}. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = Object.freeze([
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
] as const);

/** Bytes of a digest, before base64. */
export const digestSizeBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** Whether a client's word for an algorithm, in upper case as S3 writes it, is one that this package computes. */
export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(digestSizeBytes, name);
}
