import { Readable } from "node:stream";
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { broken, type ListedObject, type ListOptions, listedKey, unquoted } from "./list-objects.ts";
import { until, withRetries } from "./retry.ts";
import { TransferError } from "./transfer-error.ts";

export type ListedVersion = ListedObject & {
  readonly versionId: string;
  readonly isLatest: boolean;
  /** Its size is 0, and it has no ETag. */
  readonly isDeleteMarker: boolean;
};

/** A thousand entries with the longest keys, escaped twice, are 7 MB. */
const maxPageBytes = 32 * 1024 * 1024;

/** Every version and delete marker, in the order of the engine: by key, of one key the newest first. As loud as `listObjects`. */
export async function* listVersions(
  client: S3Client,
  bucket: string,
  { prefix, after: begin, signal }: ListOptions = {},
): AsyncGenerator<ListedVersion, undefined> {
  type Marker = { readonly KeyMarker: string; readonly VersionIdMarker?: string };
  let after: Marker | undefined = begin && {
    KeyMarker: begin.key,
    ...(begin.versionId !== undefined && { VersionIdMarker: begin.versionId }),
  };
  for (;;) {
    const page = await withRetries(
      async () => {
        const kinds: string[] = [];
        const command = new ListObjectVersionsCommand({
          Bucket: bucket,
          EncodingType: "url",
          ...(prefix !== undefined && { Prefix: prefix }),
          ...after,
        });
        command.middlewareStack.add(noteKinds(kinds), { step: "deserialize", priority: "low", name: "noteKinds" });
        return { kinds, ...(await client.send(command, until(signal))) };
      },
      { signal },
    );
    yield* inOrder(page, bucket);
    if (page.IsTruncated !== true) return;
    const { NextKeyMarker, NextVersionIdMarker } = page;
    if (NextKeyMarker === undefined || NextKeyMarker === "") throw broken(bucket, "is cut off without a token");
    const next = {
      KeyMarker: listedKey(NextKeyMarker, page.EncodingType),
      ...(NextVersionIdMarker !== undefined && NextVersionIdMarker !== "" && { VersionIdMarker: NextVersionIdMarker }),
    };
    if (next.KeyMarker === after?.KeyMarker && next.VersionIdMarker === after.VersionIdMarker) {
      throw broken(bucket, "does not go on");
    }
    after = next;
  }
}

/** The client sorts versions and delete markers into two lists; which came before which is only in the XML. */
function noteKinds(kinds: string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: the types of middleware name the command's own input and output
  return (next: any) => async (args: any) => {
    const result = await next(args);
    const { response } = result;
    if (response.statusCode !== 200) return result;
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxPageBytes) throw new TransferError("ListBroken", "A page of the list is too large.");
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    for (const [, kind] of bytes.toString("latin1").matchAll(/<(Version|DeleteMarker)[\s>]/g)) kinds.push(kind ?? "");
    response.body = Readable.from([bytes]);
    return result;
  };
}

function* inOrder(
  page: ListObjectVersionsCommandOutput & { readonly kinds: readonly string[] },
  bucket: string,
): Generator<ListedVersion> {
  const { Versions = [], DeleteMarkers = [], kinds } = page;
  if (kinds.length !== Versions.length + DeleteMarkers.length) throw broken(bucket, "cannot be read");
  const versions = Versions.values();
  const markers = DeleteMarkers.values();
  for (const kind of kinds) {
    const isDeleteMarker = kind === "DeleteMarker";
    const { value } = isDeleteMarker ? markers.next() : versions.next();
    if (value?.Key === undefined || value.LastModified === undefined) throw broken(bucket, "has gaps");
    const { ETag, Size } = value as { readonly ETag?: string; readonly Size?: number };
    if (!isDeleteMarker && Size === undefined) throw broken(bucket, "has gaps");
    yield {
      key: listedKey(value.Key, page.EncodingType),
      versionId: value.VersionId ?? "null",
      isLatest: value.IsLatest ?? false,
      isDeleteMarker,
      etag: unquoted(ETag),
      sizeBytes: Size ?? 0,
      lastModified: value.LastModified,
    };
  }
}
