/** What `encoding-type` asks for. Absent: text as it is. */
export type EncodingType = "url";

/**
 * Encodes a key, prefix, delimiter or marker as S3 does for `encoding-type=url`: UTF-8, percent-encoded, `/` left alone.
 *
 * A space is `%20` and a plus `%2B`, which every client decodes alike. Lone surrogates become U+FFFD.
 */
export function encodeKeyForUrlEncoding(key: string): string {
  if (!needsEncoding.test(key)) return key;
  return encodeURIComponent(key.toWellFormed())
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const needsEncoding = /[^A-Za-z0-9\-._~/]/;
