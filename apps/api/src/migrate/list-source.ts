import type { S3Client } from "@aws-sdk/client-s3";
import { listObjects } from "../transfer/list-objects.ts";
import { listVersions } from "../transfer/list-versions.ts";

/** What of a key there is: the oldest first. Without versions it is one. */
export type KeyGroup = { readonly key: string; readonly entries: readonly Entry[] };

export type Entry = {
  /** Empty in a bucket without versions. */
  readonly versionId: string;
  readonly isMarker: boolean;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
};

export type ListKeysOptions = {
  readonly hasVersions: boolean;
  readonly prefix?: string | undefined;
  readonly signal: AbortSignal;
};

/** Versions of one key are held together. */
const maxVersionsOfKey = 100_000;

/** A bucket key by key. Throws what listing it throws. */
export async function* listKeys(
  client: S3Client,
  bucket: string,
  { hasVersions, prefix, signal }: ListKeysOptions,
): AsyncGenerator<KeyGroup> {
  if (!hasVersions) {
    for await (const { key, lastModified, ...object } of listObjects(client, bucket, { prefix, signal })) {
      yield { key, entries: [{ ...object, versionId: "", isMarker: false, modifiedAt: lastModified }] };
    }
    return;
  }
  let group: { key: string; entries: Entry[] } | undefined;
  for await (const version of listVersions(client, bucket, { prefix, signal })) {
    const { key, versionId, isDeleteMarker: isMarker, etag, sizeBytes, lastModified: modifiedAt } = version;
    if (group !== undefined && group.key !== key) {
      yield { key: group.key, entries: group.entries.toReversed() };
      group = undefined;
    }
    group ??= { key, entries: [] };
    group.entries.push({ versionId, isMarker, etag, sizeBytes, modifiedAt });
    if (group.entries.length > maxVersionsOfKey) {
      throw new RangeError(`An object of ${bucket} has more than ${maxVersionsOfKey} versions`);
    }
  }
  if (group !== undefined) yield { key: group.key, entries: group.entries.toReversed() };
}

const maxKeys = 64;
const maxEntries = 1000;

/** For one look at the journal each. */
export async function* batches(groups: AsyncIterable<KeyGroup>): AsyncGenerator<readonly KeyGroup[]> {
  let batch: KeyGroup[] = [];
  let entries = 0;
  for await (const group of groups) {
    batch.push(group);
    entries += group.entries.length;
    if (batch.length < maxKeys && entries < maxEntries) continue;
    yield batch;
    batch = [];
    entries = 0;
  }
  if (batch.length > 0) yield batch;
}
