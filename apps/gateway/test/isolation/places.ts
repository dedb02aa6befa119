import type { World } from "./world.ts";

/**
 * Where a request is aimed: at what every narrow scope is about (`photos/2026/`), beside it in the same bucket (`photos/2025/`; of a
 * listing: without a prefix), or in another bucket of the same owner (`other/2026/`).
 */
export type Place = "inside" | "beside" | "elsewhere";

/** What a request needs to know of a place. */
export type Target = {
  readonly place: Place;
  readonly bucket: string;
  readonly prefix: string;
  /** An object that is there, unless the case wants empty buckets. */
  readonly key: string;
  readonly path: string;
  readonly versionId: string;
  readonly etag: string;
  /** An upload of `${prefix}upload` with one part, where the case wants one. */
  readonly uploadId: string;
  readonly partEtag: string;
  /** The upload inside, wherever this is. */
  readonly insideUploadId: string;
};

const prefixes: Readonly<Record<Place, string>> = { inside: "2026/", beside: "2025/", elsewhere: "2026/" };

export const buckets = ["photos", "other"] as const;

export function bucketAt(place: Place): string {
  return place === "elsewhere" ? "other" : "photos";
}

export function keyAt(place: Place): string {
  return `${prefixes[place]}a`;
}

export async function targetAt(place: Place, { store, uploads }: World): Promise<Target> {
  const bucket = bucketAt(place);
  const key = keyAt(place);
  const object = await store.readBucket(bucket).then((found) => found && store.headObject({ bucket, key }));
  return {
    place,
    bucket,
    prefix: prefixes[place],
    key,
    path: `/${bucket}/${key}`,
    versionId: object?.versionId ?? "",
    etag: object === undefined || object.isDeleteMarker ? "" : object.etag,
    ...(uploads.get(place) ?? { uploadId: "", partEtag: "" }),
    insideUploadId: uploads.get("inside")?.uploadId ?? "",
  };
}
