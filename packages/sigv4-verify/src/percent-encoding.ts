import { SignatureError } from "./signature-error.ts";

/** Which characters stay as they are, and whether `+` means a space. */
export type PercentRules = { readonly plain: Uint8Array; readonly plusIsSpace: boolean };

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
const HEX_DIGITS = "0123456789ABCDEF";
const PERCENT = 0x25;
const PLUS = 0x2b;

export const PATH_RULES: PercentRules = { plain: markPlain(`${UNRESERVED}/`), plusIsSpace: false };
export const QUERY_RULES: PercentRules = { plain: markPlain(UNRESERVED), plusIsSpace: true };

/**
 * Decodes every escape once and encodes the bytes again, so that each byte has one spelling. Characters are bytes (latin1),
 * as `node:http` hands out a raw target. Text that is canonical already comes back as it is, without a copy.
 */
export function canonicalizeEscapes(text: string, { plain, plusIsSpace }: PercentRules): string {
  let output = "";
  let copied = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (plain[code] === 1) continue;

    let byte = code;
    let end = index + 1;
    if (code === PERCENT) {
      byte = readEscape(text, index);
      end = index + 3;
      if (plain[byte] !== 1 && hasUpperCaseDigits(text, index)) {
        index = end - 1;
        continue;
      }
    } else if (code === PLUS && plusIsSpace) {
      byte = 0x20;
    } else if (code > 0xff) {
      throw invalidUri();
    }
    output += text.slice(copied, index) + encodeByte(byte, plain);
    copied = end;
    index = end - 1;
  }
  return copied === 0 ? text : output + text.slice(copied);
}

/** The bytes, as latin1 text, of something that {@link canonicalizeEscapes} returned. */
export function decodeEscapes(canonical: string): string {
  if (!canonical.includes("%")) return canonical;
  const [start = "", ...rest] = canonical.split("%");
  return rest.reduce((text, part) => text + String.fromCharCode(readEscape(`%${part}`, 0)) + part.slice(2), start);
}

function markPlain(characters: string): Uint8Array {
  const plain = new Uint8Array(256);
  for (const character of characters) plain[character.charCodeAt(0)] = 1;
  return plain;
}

function readEscape(text: string, index: number): number {
  const high = readHexDigit(text.charCodeAt(index + 1));
  const low = readHexDigit(text.charCodeAt(index + 2));
  return high * 16 + low;
}

function readHexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  throw invalidUri();
}

function hasUpperCaseDigits(text: string, index: number): boolean {
  return text.charCodeAt(index + 1) < 0x61 && text.charCodeAt(index + 2) < 0x61;
}

function encodeByte(byte: number, plain: Uint8Array): string {
  if (plain[byte] === 1) return String.fromCharCode(byte);
  return `%${HEX_DIGITS.charAt(byte >> 4)}${HEX_DIGITS.charAt(byte & 15)}`;
}

export function invalidUri(): SignatureError {
  return new SignatureError("InvalidURI", "Couldn't parse the specified URI.");
}
