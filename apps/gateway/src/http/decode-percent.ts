const needsDecoding = /[%\x80-\xff]/;

/** Percent-decoding to UTF-8, strictly and once. Throws a `URIError`, also for NUL. */
export function decodePercent(text: string): string {
  if (!needsDecoding.test(text)) return text;
  // node:http gives raw bytes above 0x7f as latin1 characters: escape them, so that they are read as UTF-8 as well.
  const escaped = text.replaceAll(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  const decoded = decodeURIComponent(escaped);
  if (decoded.includes("\0")) throw new URIError("NUL");
  return decoded;
}
