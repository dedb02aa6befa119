import type { Tables } from "../open-index.ts";
import { decodeBucket } from "../records.ts";
import { type LiveRecord, readOwner } from "./survey-segment.ts";

/** Stored bytes that are not what was written, and whose they are. */
export type DamagedBody = {
  readonly bucket: string;
  readonly key: string;
  /** Of an object. */
  readonly versionId?: string;
  /** Of an upload that is not completed. */
  readonly uploadId?: string;
  /** When the bytes are those of a part. */
  readonly partNumber?: number;
  readonly problem: "damaged" | "missing";
};

/** In a look-up. Undefined for a bucket that is gone, and everything in it. */
export function nameOfBucket({ buckets }: Pick<Tables, "buckets">, id: number): string | undefined {
  for (const { key, value } of buckets.getRange({})) {
    const bucket = decodeBucket(key.toString(), value);
    if (bucket.id === id) return bucket.name;
  }
  return undefined;
}

/** In a look-up. */
export function showDamaged(index: Pick<Tables, "buckets">, records: readonly LiveRecord[]): readonly DamagedBody[] {
  return records.flatMap(({ owner, versionId }) => {
    const { bucketId, key } = readOwner(owner);
    const bucket = nameOfBucket(index, bucketId);
    return bucket === undefined ? [] : [{ bucket, key, versionId, problem: "damaged" as const }];
  });
}
