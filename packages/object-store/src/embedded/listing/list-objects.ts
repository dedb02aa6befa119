import type { ListObjectsPage, ListObjectsQuery, ObjectVersion } from "../../object-store.ts";
import { placeAfter, placePastPrefix } from "../index-keys.ts";
import type { Index } from "../open-index.ts";
import { decodeVersion } from "../records.ts";
import { showObject } from "../show-records.ts";
import type { NamedRow } from "./named-rows.ts";
import { createPage } from "./page.ts";
import { commonPrefixOf, walkNames } from "./walk-names.ts";

export async function listObjects(index: Index, bucketId: number, query: ListObjectsQuery): Promise<ListObjectsPage> {
  const { prefix = "", delimiter = "", after, maxKeys } = query;
  const objects: ObjectVersion[] = [];
  const commonPrefixes: string[] = [];
  const page = createPage(maxKeys);

  if (maxKeys > 0) {
    await walkNames<string, NamedRow>({
      index,
      rows: index.named,
      bucketId,
      prefix,
      delimiter,
      start: startOf(bucketId, { prefix, delimiter, after }),
      nameOf: (name) => name,
      placeAfter: (name) => placeAfter(bucketId, name),
      isHidden: (row) => row.isDeleteMarker(),
      onName(name, row) {
        if (!page.take(name)) return false;
        const stored = decodeVersion(row.decode());
        if (stored.object !== undefined) objects.push(showObject(name, stored, stored.object, true));
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
  return { objects, commonPrefixes, isTruncated: end !== undefined, ...(end && { nextAfter: end.name }) };
}

function startOf(
  bucketId: number,
  {
    prefix,
    delimiter,
    after,
  }: { readonly prefix: string; readonly delimiter: string; readonly after: string | undefined },
): Buffer | undefined {
  if (after === undefined) return undefined;
  const commonPrefix = commonPrefixOf(after, { prefix, delimiter });
  return commonPrefix === undefined ? placeAfter(bucketId, after) : placePastPrefix(bucketId, commonPrefix);
}
