/** An ETag without its quotes and without white space around it. Clients send it with and without them. */
export function stripQuotes(etag: string): string {
  const trimmed = etag.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}
