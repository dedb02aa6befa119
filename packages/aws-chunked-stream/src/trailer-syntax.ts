// Trailing headers: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

/** Carries the signature of the trailers before it; no name for a trailer of one's own. */
export const SIGNATURE_TRAILER = "x-amz-trailer-signature";

// The block has a cap in bytes already; this one bounds the work of each.
export const MAX_TRAILER_LINES = 16;

// RFC 9110 sections 5.1 and 5.5: a token; no control characters. Both expressions are linear.
export const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** By name, as they are signed. */
export function sortTrailers(trailers: ReadonlyMap<string, string>): [name: string, value: string][] {
  return [...trailers].sort(([name], [other]) => (name < other ? -1 : 1));
}

// Not `trim()`: it also takes the byte A0, which ends the UTF-8 form of letters such as `à`.
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
