import type { ListUploadsPage, ListUploadsQuery, Upload } from "../../object-store.ts";
import { placeAfterAllOf, placePastPrefix, readUploadKey, uploadKey } from "../index-keys.ts";
import type { Index } from "../open-index.ts";
import type { UploadRow } from "../records.ts";
import { showUpload } from "../show-records.ts";
import { createPage } from "./page.ts";
import { commonPrefixOf, walkNames } from "./walk-names.ts";

export async function listUploads(
  index: Index,
  { id: bucketId, name: bucket }: { readonly id: number; readonly name: string },
  query: ListUploadsQuery,
): Promise<ListUploadsPage> {
  const { prefix = "", delimiter = "", maxUploads } = query;
  const uploads: Upload[] = [];
  const commonPrefixes: string[] = [];
  const page = createPage(maxUploads);

  if (maxUploads > 0) {
    await walkNames<Buffer, UploadRow>({
      index,
      rows: index.uploads,
      bucketId,
      prefix,
      delimiter,
      start: startOf(bucketId, query),
      nameOf: (key) => readUploadKey(key).key,
      placeAfter: (key) => Buffer.concat([key, Buffer.of(0)]),
      onName(name, row, key) {
        const uploadId = readUploadKey(key).idBytes.toString("base64url");
        if (!page.take(name, uploadId)) return false;
        uploads.push(showUpload({ bucket, key: name, uploadId }, row));
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
    uploads,
    commonPrefixes,
    isTruncated: end !== undefined,
    ...(end && { nextKeyMarker: end.name }),
    ...(end?.id !== undefined && { nextUploadIdMarker: end.id }),
  };
}

function startOf(bucketId: number, query: ListUploadsQuery): Buffer | undefined {
  const { prefix = "", delimiter = "", keyMarker, uploadIdMarker } = query;
  if (keyMarker === undefined) return undefined;
  const commonPrefix = commonPrefixOf(keyMarker, { prefix, delimiter });
  if (commonPrefix !== undefined) return placePastPrefix(bucketId, commonPrefix);
  const isKey = Buffer.byteLength(keyMarker) <= 1024;
  const upload = uploadIdMarker === undefined || !isKey ? undefined : uploadKey(bucketId, keyMarker, uploadIdMarker);
  return upload === undefined ? placeAfterAllOf(bucketId, keyMarker) : Buffer.concat([upload, Buffer.of(0)]);
}
