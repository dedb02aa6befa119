import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { unescapeListed } from "../storage/object-path.ts";
import { until, withRetries } from "./retry.ts";
import { TransferError } from "./transfer-error.ts";

export type ListedObject = {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
};

export type ListOptions = {
  readonly prefix?: string | undefined;
  /** Exclusive: where an earlier list was left. */
  readonly after?: { readonly key: string; readonly versionId?: string | undefined } | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Every object of a bucket, or the error that says that they are not all. A list that goes on without saying where, or again from where it was, throws
 * `ListBroken`.
 */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  { prefix, after, signal }: ListOptions = {},
): AsyncGenerator<ListedObject, undefined> {
  for (let continuation: string | undefined; ; ) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      EncodingType: "url",
      ...(prefix !== undefined && { Prefix: prefix }),
      ...(after !== undefined && { StartAfter: after.key }),
      ...(continuation !== undefined && { ContinuationToken: continuation }),
    });
    const page = await withRetries(() => client.send(command, until(signal)), { signal });
    for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || LastModified === undefined) throw broken(bucket, "has gaps");
      yield {
        key: listedKey(Key, page.EncodingType),
        etag: unquoted(ETag),
        sizeBytes: Size,
        lastModified: LastModified,
      };
    }
    if (page.IsTruncated !== true) return;
    const next = page.NextContinuationToken;
    if (next === undefined || next === "" || next === continuation) throw broken(bucket, "is cut off without a token");
    continuation = next;
  }
}

/** Engines that do not know the encoding say so, by not naming it. */
export function listedKey(key: string, encodingType: string | undefined): string {
  return encodingType === "url" ? unescapeListed(key) : key;
}

export function unquoted(etag: string | undefined): string {
  return etag?.replaceAll('"', "") ?? "";
}

export function broken(bucket: string, how: string): TransferError {
  return new TransferError("ListBroken", `The list of ${bucket} ${how}.`);
}
