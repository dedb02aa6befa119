import type { ListPartsQuery, ObjectPart, ObjectPartsPage } from "./object-store.ts";

/** A page of the parts of an object, which are in ascending order. */
export function pageOfParts<P extends { readonly partNumber: number }>(
  parts: readonly P[],
  { afterPartNumber = 0, maxParts }: ListPartsQuery,
  show: (part: P) => ObjectPart,
): ObjectPartsPage {
  const first = parts.findIndex(({ partNumber }) => partNumber > afterPartNumber);
  if (first === -1 || maxParts <= 0) return { parts: [], isTruncated: false };
  const page = parts.slice(first, first + maxParts).map(show);
  return { parts: page, isTruncated: first + maxParts < parts.length };
}
