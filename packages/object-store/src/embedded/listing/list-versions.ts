import type { DeleteMarker, ListVersionsPage, ListVersionsQuery, ObjectVersion } from "../../object-store.ts";
import { readVersionSequence } from "../../ordered-id.ts";
import { currentKey, noncurrentRange, placeAfter, placePastPrefix } from "../index-keys.ts";
import type { Index } from "../open-index.ts";
import { decodeVersion, type StoredVersion } from "../records.ts";
import { showVersion } from "../show-records.ts";
import { findVersion } from "../versions.ts";
import type { NamedRow } from "./named-rows.ts";
import { createPage } from "./page.ts";
import { commonPrefixOf, walkNames } from "./walk-names.ts";

export async function listVersions(
  index: Index,
  bucketId: number,
  query: ListVersionsQuery,
): Promise<ListVersionsPage> {
  const { prefix = "", delimiter = "", keyMarker, maxKeys } = query;
  const versions: (ObjectVersion | DeleteMarker)[] = [];
  const commonPrefixes: string[] = [];
  const page = createPage(maxKeys);

  const add = (name: string, stored: StoredVersion, isLatest: boolean): boolean => {
    if (!page.take(name, stored.versionId)) return false;
    versions.push(showVersion(name, stored, isLatest));
    return true;
  };

  const below = sequenceOfMarker(index, bucketId, query);
  if (maxKeys > 0) {
    await walkNames<string, NamedRow>({
      index,
      rows: index.named,
      bucketId,
      prefix,
      delimiter,
      start: startOf(bucketId, query),
      nameOf: (name) => name,
      placeAfter: (name) => placeAfter(bucketId, name),
      onName(name, row) {
        const current = decodeVersion(row.decode());
        const limit = name === keyMarker ? below : undefined;
        if ((limit === undefined || current.sequence < limit) && !add(name, current, true)) return false;
        if (current.olderCount === 0) return true;
        for (const { value } of index.noncurrent.getRange(noncurrentRange(bucketId, name, limit))) {
          if (!add(name, decodeVersion(value), false)) return false;
        }
        return true;
      },
      onCommonPrefix(name) {
        if (!page.take(name)) return false;
        commonPrefixes.push(name);
        return true;
      },
    });
  }
  const end = page.end();
  return {
    versions,
    commonPrefixes,
    isTruncated: end !== undefined,
    ...(end && { nextKeyMarker: end.name }),
    ...(end?.id !== undefined && { nextVersionIdMarker: end.id }),
  };
}

function startOf(bucketId: number, query: ListVersionsQuery): Buffer | undefined {
  const { prefix = "", delimiter = "", keyMarker, versionIdMarker } = query;
  if (keyMarker === undefined) return undefined;
  const commonPrefix = commonPrefixOf(keyMarker, { prefix, delimiter });
  if (commonPrefix !== undefined) return placePastPrefix(bucketId, commonPrefix);
  if (versionIdMarker === undefined || Buffer.byteLength(keyMarker) > 1024) return placeAfter(bucketId, keyMarker);
  return currentKey(bucketId, keyMarker);
}

/**
 * Where to go on within the marker's key: below this sequence. Undefined for a `null` version that was deleted since, which
 * cannot tell its place: its key is listed again, because a client that deletes as it lists must not miss any.
 */
function sequenceOfMarker(
  index: Index,
  bucketId: number,
  { keyMarker, versionIdMarker }: ListVersionsQuery,
): number | undefined {
  if (keyMarker === undefined || versionIdMarker === undefined) return undefined;
  if (versionIdMarker !== "null") return readVersionSequence(versionIdMarker);
  if (Buffer.byteLength(keyMarker) > 1024) return undefined;
  return findVersion(index, bucketId, { key: keyMarker, versionId: "null" })?.stored.sequence;
}
