import { unescapeListed } from "./object-path.ts";

/** An entry of a list that was asked for with `EncodingType: "url"`. */
export function toListed({
  Key,
  Size = 0,
  ETag = "",
  LastModified = new Date(0),
  StorageClass = null,
}: {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly StorageClass?: string | null | undefined;
}) {
  return {
    key: unescapeListed(Key),
    sizeBytes: Size,
    etag: ETag,
    lastModified: LastModified.toISOString(),
    storageClass: StorageClass,
  };
}
