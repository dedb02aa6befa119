import { malformedXml } from "../xml-error.ts";

/**
 * Replaces the five predefined entities and numeric references, in one pass, so that nothing is decoded twice.
 *
 * Throws `MalformedXML` for any other `&`. References to control characters, which XML 1.0 forbids, are accepted:
 * listings write keys that hold them in this way, and a client must be able to send such a key back.
 */
export function decodeText(raw: string): string {
  return raw.includes("&") ? raw.replace(reference, decodeReference) : raw;
}

// A lone `&` matches too, with no group.
const reference = /&(?:(amp|lt|gt|quot|apos);|#(\d{1,16});|#x([\da-fA-F]{1,16});)?/g;

const predefined: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeReference(_match: string, name?: string, decimal?: string, hex?: string): string {
  if (name !== undefined) return predefined[name] ?? "";
  const codePoint = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10);
  if (!isScalarValue(codePoint)) {
    throw malformedXml("Expected `&` to start a predefined entity or a reference to a Unicode character");
  }
  return String.fromCodePoint(codePoint);
}

/** NaN, of a lone `&`, is none. */
function isScalarValue(codePoint: number): boolean {
  return (codePoint > 0 && codePoint < 0xd800) || (codePoint > 0xdfff && codePoint <= 0x10ffff);
}
