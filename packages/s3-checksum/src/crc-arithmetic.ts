// Polynomials over GF(2) modulo that of a CRC, as in zlib's crc32_combine: https://github.com/madler/zlib/blob/develop/crc32.c
import type { CrcParameters } from "./crc-parameters.ts";

/**
 * A polynomial, reflected: the highest bit is the coefficient of x^0. A 32-bit one has only its low half.
 *
 * Two numbers and not one bigint, which is some thirty times slower: an upload has up to 10,000 parts, each of its own size.
 */
export type Polynomial = { readonly high: number; readonly low: number };

export const zero: Polynomial = { high: 0, low: 0 };

export function add(a: Polynomial, b: Polynomial): Polynomial {
  return { high: a.high ^ b.high, low: a.low ^ b.low };
}

/** Multiplies by x to the power of `8 * sizeBytes`: what happens to a register over so many zero bytes. */
export function createByteShift(parameters: CrcParameters): (value: Polynomial, sizeBytes: number) => Polynomial {
  // x^8, x^16, x^32, ..., as far as sizes have needed them.
  const powers: Polynomial[] = [];
  const power = (index: number): Polynomial => {
    const known = powers[index];
    if (known !== undefined) return known;
    const computed = index === 0 ? xToThe8(parameters) : square(power(index - 1), parameters);
    powers[index] = computed;
    return computed;
  };

  return (value, sizeBytes) => {
    let shifted = value;
    let rest = sizeBytes; // more than 32 bits: no bit operations
    for (let index = 0; rest > 0; index++) {
      if (rest % 2 === 1) shifted = multiply(shifted, power(index), parameters);
      rest = Math.floor(rest / 2);
    }
    return shifted;
  };
}

export function readPolynomial(bytes: Buffer): Polynomial {
  const low = bytes.readInt32BE(bytes.length - 4);
  return bytes.length === 8 ? { high: bytes.readInt32BE(0), low } : { high: 0, low };
}

export function writePolynomial({ high, low }: Polynomial, { bits }: CrcParameters): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 64) bytes.writeInt32BE(high, 0);
  bytes.writeInt32BE(low, bytes.length - 4);
  return bytes;
}

function xToThe8({ bits }: CrcParameters): Polynomial {
  const bit = 1 << 23;
  return bits === 64 ? { high: bit, low: 0 } : { high: 0, low: bit };
}

function square(value: Polynomial, parameters: CrcParameters): Polynomial {
  return multiply(value, value, parameters);
}

/** Adds up `b * x^i` for every term `x^i` of `a`. */
function multiply(a: Polynomial, b: Polynomial, { bits, polynomialHigh, polynomialLow }: CrcParameters): Polynomial {
  let { high, low } = b;
  let sumHigh = 0;
  let sumLow = 0;
  for (let bit = bits - 1; bit >= 0; bit--) {
    const term = -(((bit < 32 ? a.low : a.high) >>> (bit & 31)) & 1);
    sumHigh ^= high & term;
    sumLow ^= low & term;
    const carry = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (polynomialLow & carry);
    high = (high >>> 1) ^ (polynomialHigh & carry);
  }
  return { high: sumHigh, low: sumLow };
}
