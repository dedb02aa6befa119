import { createHash } from "node:crypto";
import { multipartEtag } from "../completed-parts.ts";
import type { AppendObjectInput, ObjectVersion, RenameObjectInput } from "../object-store.ts";
import { nextSequence } from "../ordered-id.ts";
import { encryptedAppend, invalidWriteOffset, needsNoVersions, noSuchKey, tooManyParts } from "../refusals.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import {
  addObject,
  checkGrowth,
  type MemoryBucket,
  type MemoryPart,
  type MemoryVersion,
  type Stamps,
  type VersionDraft,
} from "./memory-bucket.ts";

const maxParts = 10_000;
/** What the embedded store keeps in segments stays one piece. */
const smallMaxBytes = 128 * 1024;

/** What can be said before the bytes are there. */
export function checkAppend(bucket: MemoryBucket, key: string, input: AppendObjectInput, stamps: Stamps): void {
  const { offsetBytes, conditions, declaredSizeBytes = 0 } = input;
  const current = bucket.keys.get(key)?.[0];
  if (bucket.info.versioning !== undefined) throw needsNoVersions(bucket.info.name);
  checkWriteConditions(key, current?.version, conditions);
  if ((current?.bytes.length ?? 0) !== offsetBytes) throw invalidWriteOffset({ key });
  const isOfEncrypted = current?.version.isDeleteMarker === false && current.version.encryption !== undefined;
  const isEncrypted = input.encryption !== undefined || isOfEncrypted;
  if (offsetBytes > 0 && isEncrypted) throw encryptedAppend({ key });
  checkGrowth(bucket, key, offsetBytes + declaredSizeBytes, stamps);
}

/** `seen`: the version that there was before the bytes were read. */
export function appendTo(
  bucket: MemoryBucket,
  { key, seen }: { readonly key: string; readonly seen: MemoryVersion | undefined },
  added: Pick<VersionDraft, "bytes" | "etag" | "checksum" | "keyDigest">,
  { input, stamps }: { readonly input: AppendObjectInput; readonly stamps: Stamps },
): ObjectVersion {
  checkAppend(bucket, key, input, stamps);
  const { ownerId, metadata, attributes, offsetBytes } = input;
  const add = (draft: VersionDraft): ObjectVersion => {
    const version = addObject(bucket, key, draft, stamps);
    stamps.tell(input.onChange, { kind: "added", bucket: bucket.info.name, version });
    return version;
  };
  const described = input.encryption && { encryption: input.encryption.description };
  if (offsetBytes === 0) return add({ ownerId, metadata, ...(attributes && { attributes }), ...added, ...described });
  const current = bucket.keys.get(key)?.[0];
  if (current === undefined || current.version.isDeleteMarker || current.sequence !== seen?.sequence) {
    throw invalidWriteOffset({ key });
  }
  const { isDeleteMarker: _, sizeBytes, checksum: before, partsCount: __, ...version } = current.version;
  if (added.bytes.length === 0) return { ...current.version, isLatest: true };
  const checksum = input.combineChecksums?.(
    { sizeBytes, checksum: before },
    { sizeBytes: added.bytes.length, checksum: added.checksum },
  );
  const bytes = Buffer.concat([current.bytes, added.bytes]);
  return add({ ...version, bytes, ...piecesOf(current, bytes, added), ...(checksum && { checksum }) });
}

export function renameTo(
  bucket: MemoryBucket,
  key: string,
  { sourceKey, sourceConditions, conditions, onChange }: RenameObjectInput,
  { now, tell }: Stamps,
): ObjectVersion {
  if (bucket.info.versioning !== undefined) throw needsNoVersions(bucket.info.name);
  const source = bucket.keys.get(sourceKey)?.[0];
  if (source === undefined || source.version.isDeleteMarker) throw noSuchKey({ key: sourceKey });
  checkWriteConditions(sourceKey, source.version, sourceConditions);
  const replaced = bucket.keys.get(key)?.[0];
  checkWriteConditions(key, replaced?.version, conditions);
  if (key === sourceKey) return { ...source.version, isLatest: true };
  const version = { ...source.version, key };
  const { uploadId: _, ...kept } = source;
  bucket.keys.delete(sourceKey);
  bucket.keys.set(key, [{ ...kept, version, sequence: nextSequence(now(), replaced?.sequence) }]);
  const of = bucket.info.name;
  tell(onChange, { kind: "removed", bucket: of, version: { ...source.version, isLatest: true } });
  tell(onChange, { kind: "added", bucket: of, version: { ...version, isLatest: true } });
  return { ...version, isLatest: true };
}

function piecesOf(
  { parts, version, bytes: before }: MemoryVersion,
  bytes: Buffer,
  { etag, bytes: added, checksum }: Pick<VersionDraft, "bytes" | "etag" | "checksum">,
): Pick<VersionDraft, "etag" | "parts" | "partsCount"> {
  if (parts === undefined && bytes.length <= smallMaxBytes) {
    return { etag: createHash("md5").update(bytes).digest("hex") };
  }
  const first = version.isDeleteMarker
    ? []
    : [
        {
          partNumber: 1,
          etag: version.etag,
          sizeBytes: before.length,
          ...(version.checksum && { checksum: version.checksum }),
        },
      ];
  const existing: readonly MemoryPart[] = parts ?? first;
  const last = existing.at(-1)?.partNumber ?? 0;
  if (last >= maxParts) throw tooManyParts({ key: version.key });
  const part = { partNumber: last + 1, etag, sizeBytes: added.length, ...(checksum && { checksum }) };
  const longer = [...existing, part];
  return { etag: multipartEtag(longer), parts: longer, partsCount: longer.length };
}
