import type { CrcAlgorithm } from "./checksum-algorithm.ts";

/** A reflected CRC whose register starts as all ones and is inverted at the end. 32-bit ones have no high half. */
export type CrcParameters = {
  readonly bits: 32 | 64;
  readonly polynomialHigh: number;
  readonly polynomialLow: number;
};

export const crcParameters: Readonly<Record<CrcAlgorithm, CrcParameters>> = {
  CRC32: { bits: 32, polynomialHigh: 0, polynomialLow: 0xedb88320 },
  CRC32C: { bits: 32, polynomialHigh: 0, polynomialLow: 0x82f63b78 },
  CRC64NVME: { bits: 64, polynomialHigh: 0x9a6c9329, polynomialLow: 0xac4bc9b5 },
};
