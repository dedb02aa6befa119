import { ChunkError } from "./chunk-error.ts";

export type ChunkHeader = { readonly sizeBytes: number; readonly signature: string };

/** Reads a chunk's first line, CRLF included. Unsigned chunks have `signature: ""`. */
export function parseChunkHeader(line: string, isSigned: boolean): ChunkHeader {
  if (!line.endsWith("\r\n")) throw malformed("a chunk header that ends in CRLF");
  const semicolon = line.indexOf(";");
  const sizeEnd = semicolon === -1 ? line.length - 2 : semicolon;
  const sizeBytes = parseSize(line, sizeEnd);
  // Without signatures an extension means nothing to us, and RFC 9112 section 7.1.1 says to ignore those.
  if (!isSigned) return { sizeBytes, signature: "" };

  const extension = line.slice(sizeEnd, -2);
  if (!extension.startsWith(SIGNATURE_EXTENSION) || extension.length !== SIGNATURE_EXTENSION.length + 64) {
    throw malformed("`;chunk-signature=` and 64 hex digits after the chunk size");
  }
  return { sizeBytes, signature: extension.slice(SIGNATURE_EXTENSION.length) };
}

const SIGNATURE_EXTENSION = ";chunk-signature=";

// 13 hex digits are 52 bits: the most that every value of stays a safe integer.
const MAX_SIZE_DIGITS = 13;

function parseSize(line: string, end: number): number {
  if (end === 0 || end > MAX_SIZE_DIGITS) throw malformed(`a chunk size of 1 to ${MAX_SIZE_DIGITS} hex digits`);
  let size = 0;
  for (let index = 0; index < end; index += 1) {
    const digit = HEX_DIGITS.indexOf(line.charAt(index).toLowerCase());
    if (digit === -1) throw malformed("a chunk size in hex digits");
    size = size * 16 + digit;
  }
  return size;
}

const HEX_DIGITS = "0123456789abcdef";

function malformed(expected: string): ChunkError {
  return new ChunkError("IncompleteBody", `Expected ${expected}`);
}
