// Slicing-by-8: https://create.stephan-brumme.com/crc32/#slicing-by-8-overview
import { crcParameters } from "./crc-parameters.ts";

/** CRC32C in JavaScript, for platforms without the native one. */
export function slicingCrc32c(bytes: Uint8Array, previous: number): number {
  tables32 ??= createTables("CRC32C").low;
  const table = tables32;
  let crc = ~previous;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= word(bytes, at);
    const next = word(bytes, at + 4);
    crc =
      entry(table, 7, crc) ^
      entry(table, 6, crc >>> 8) ^
      entry(table, 5, crc >>> 16) ^
      entry(table, 4, crc >>> 24) ^
      entry(table, 3, next) ^
      entry(table, 2, next >>> 8) ^
      entry(table, 1, next >>> 16) ^
      entry(table, 0, next >>> 24);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ entry(table, 0, crc ^ (bytes[at] ?? 0));
  return ~crc >>> 0;
}

/** CRC64NVME in JavaScript, for platforms without WebAssembly and until it is loaded. */
export function slicingCrc64(bytes: Uint8Array, previous: bigint): bigint {
  tables64 ??= createTables("CRC64NVME");
  const { high: highTable, low: lowTable } = tables64;
  let high = ~Number(previous >> 32n);
  let low = ~Number(previous & 0xffffffffn);
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    low ^= word(bytes, at);
    high ^= word(bytes, at + 4);
    const [a, b] = [low, high];
    low = fold(lowTable, a, b);
    high = fold(highTable, a, b);
  }
  for (; at < bytes.length; at++) {
    const index = low ^ (bytes[at] ?? 0);
    low = ((low >>> 8) | (high << 24)) ^ entry(lowTable, 0, index);
    high = (high >>> 8) ^ entry(highTable, 0, index);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}

export type Tables = { readonly high: Int32Array; readonly low: Int32Array };

// Filled when first used: 8 KiB and 16 KiB of constants, which most processes never need.
let tables32: Int32Array | undefined;
let tables64: Tables | undefined;

/** Row `r`, column `b`: the register after byte `b` and `r` zero bytes. */
export function createTables(algorithm: "CRC32C" | "CRC64NVME"): Tables {
  const { polynomialHigh, polynomialLow } = crcParameters[algorithm];
  const tables = { high: new Int32Array(2048), low: new Int32Array(2048) };
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 64; bit++) {
      const feedback = -(low & 1);
      low = ((low >>> 1) | (high << 31)) ^ (polynomialLow & feedback);
      high = (high >>> 1) ^ (polynomialHigh & feedback);
      if (bit % 8 !== 7) continue;
      const index = ((bit - 7) / 8) * 256 + byte;
      tables.high[index] = high;
      tables.low[index] = low;
    }
  }
  return tables;
}

function fold(table: Int32Array, low: number, high: number): number {
  return (
    entry(table, 7, low) ^
    entry(table, 6, low >>> 8) ^
    entry(table, 5, low >>> 16) ^
    entry(table, 4, low >>> 24) ^
    entry(table, 3, high) ^
    entry(table, 2, high >>> 8) ^
    entry(table, 1, high >>> 16) ^
    entry(table, 0, high >>> 24)
  );
}

// The fallback values are never used; they tell the compiler what the callers' bounds already do.
function entry(table: Int32Array, row: number, byte: number): number {
  return table[(row << 8) | (byte & 0xff)] ?? 0;
}

/** Four bytes, the first lowest. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
