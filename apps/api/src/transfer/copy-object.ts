import type { S3Client } from "@aws-sdk/client-s3";
import { hashObject } from "./hash-object.ts";
import { type ObjectLockState, type ObjectRef, type ReadObjectOptions, readObject } from "./read-object.ts";
import { TransferError } from "./transfer-error.ts";
import { type WriteTarget, type WrittenObject, writeObject } from "./write-object.ts";

export type CopyInput = {
  readonly from: { readonly client: S3Client; readonly ref: ObjectRef };
  readonly to: { readonly client: S3Client; readonly target: WriteTarget };
  /** Each chunk goes through it: to slow down, or to count. */
  readonly passing?: ((body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
};

export type CopiedObject = WrittenObject & {
  readonly sourceEtag: string;
  /** Not written: who copies objects that are locked does that when all are there. */
  readonly lock?: ObjectLockState;
  /** What belongs to it and did not come along: `tags`. */
  readonly lost: readonly string[];
};

/**
 * Copies one object, or one version, from one engine to another, and knows that it is the same there: an engine whose answers prove nothing is read
 * again. Throws what `readObject` and `writeObject` throw.
 */
export async function copyObject(
  { from, to, passing }: CopyInput,
  options: ReadObjectOptions = {},
): Promise<CopiedObject> {
  const source = await readObject(from.client, from.ref, options);
  const { headers, tags, sizeBytes, sha256, etag, isEtagMd5, lock } = source;
  const input = {
    headers,
    tags,
    sizeBytes,
    sha256,
    md5: isEtagMd5 ? etag : undefined,
    body: passing === undefined ? source.body : passing(source.body),
  };
  const { tags: _, ...retry } = options;
  const written = await writeObject(to.client, to.target, input, retry).finally(() => source.discard());
  if (!written.isProven) {
    const { bucket, key } = to.target;
    const ref = { bucket, key, versionId: written.versionId };
    const found = await hashObject(to.client, ref, retry);
    if (found.sha256 !== written.sha256) throw new TransferError("TargetDiffers", "The target gives back other bytes.");
  }
  const lost = [...source.lost, ...(tags.length > 0 && !to.target.abilities.tags ? ["tags"] : [])];
  return { ...written, isProven: true, sourceEtag: etag, lost, ...(lock !== undefined && { lock }) };
}
