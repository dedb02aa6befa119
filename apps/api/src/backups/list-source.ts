import type { S3Client } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { listObjects } from "../transfer/list-objects.ts";
import { listVersions } from "../transfer/list-versions.ts";
import { readBucketState } from "./bucket-state.ts";
import type { BucketLine, ManifestLine } from "./manifest.ts";
import type { ListedItem } from "./store-object.ts";

/** Where the list of a service goes on: in this bucket, after this key. */
export type SourceCursor = {
  readonly at: number;
  /** The line of the bucket is in the manifest. */
  readonly isOpen: boolean;
  readonly mayBeLocked: boolean;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
};

export const firstCursor: SourceCursor = { at: 0, isOpen: false, mayBeLocked: false };

/** One thing that a service has, and where to go on after it. */
export type SourceItem = { readonly cursor: SourceCursor } & (
  | { readonly bucket: BucketLine }
  | { readonly marker: Extract<ManifestLine, { type: "marker" }> }
  | { readonly object: ListedItem }
  | { readonly failure: { readonly bucket: string; readonly error: unknown } }
);

export type SourceInput = {
  readonly service: ServiceRecord;
  readonly client: S3Client;
  readonly buckets: readonly string[];
  readonly withVersions: boolean;
  readonly signal: AbortSignal;
};

/** Everything from there on. A bucket that cannot be listed is said, and the next one begins. */
export async function* listSource(
  context: ApiContext,
  input: SourceInput,
  from: SourceCursor,
): AsyncGenerator<SourceItem> {
  for (let at = from.at; at < input.buckets.length; at += 1) {
    const bucket = input.buckets[at] ?? "";
    let cursor: SourceCursor = at === from.at ? from : { ...firstCursor, at };
    try {
      if (!cursor.isOpen) {
        const line = await readBucketState(context, input, bucket);
        cursor = { at, isOpen: true, mayBeLocked: line.settings["object-lock"] !== undefined };
        yield { cursor, bucket: line };
      }
      yield* listBucket(input, bucket, cursor);
    } catch (error) {
      input.signal.throwIfAborted();
      yield { cursor: { ...firstCursor, at: at + 1 }, failure: { bucket, error } };
    }
  }
}

async function* listBucket(
  { client, withVersions, signal }: SourceInput,
  bucket: string,
  { at, mayBeLocked, key, versionId }: SourceCursor,
): AsyncGenerator<SourceItem> {
  const options = { signal, ...(key !== undefined && { after: { key, versionId } }) };
  const cursor = { at, isOpen: true, mayBeLocked };
  if (!withVersions) {
    for await (const listed of listObjects(client, bucket, options)) {
      const object = { bucket, ...listed, isLatest: true, mayBeLocked };
      yield { cursor: { ...cursor, key: listed.key }, object };
    }
    return;
  }
  for await (const { isDeleteMarker, ...listed } of listVersions(client, bucket, options)) {
    const next = { ...cursor, key: listed.key, versionId: listed.versionId };
    if (!isDeleteMarker) {
      yield { cursor: next, object: { bucket, ...listed, mayBeLocked } };
      continue;
    }
    const { key: ofMarker, versionId: id, isLatest, lastModified } = listed;
    const place = { bucket, key: ofMarker, versionId: id, isLatest, lastModified: lastModified.toISOString() };
    yield { cursor: next, marker: { type: "marker", ...place } };
  }
}
