import type { CopyObjectInput, ObjectAddress, ObjectVersion } from "../object-store.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import { type BlobRef, blobKey, type FileRef, isFileRef, isSegmentRef, type ManifestRef } from "./blob-ref.ts";
import { addFile, shareBlob } from "./blobs.ts";
import type { Step } from "./committer.ts";
import type { Engine } from "./engine.ts";
import { tell } from "./messages.ts";
import type { HeldObject } from "./open-version.ts";
import { type ReceivedBody, receiveBody } from "./receive-body.ts";
import { decodeManifest, encodeAttributes, encodeManifest, encodeMetadata, type StoredPart } from "./records.ts";
import { showObject } from "./show-records.ts";
import type { Transaction } from "./transaction.ts";
import { shownConditions } from "./uploads.ts";
import { addVersion, checkGrowth, findPlace, type Place } from "./versions.ts";

/**
 * Adds a version that shares the files of an open object. Small bytes are written again, because what lies in a segment has one
 * owner; and so are those of an object that was deleted since it was opened, which its reader still holds. What is encrypted stays as it is.
 */
export async function copyVersion(
  engine: Engine,
  source: HeldObject,
  destination: ObjectAddress,
  input: CopyObjectInput,
): Promise<ObjectVersion> {
  const { blob } = source.object;
  if (blob === null || !isSegmentRef(blob)) {
    const shared = await engine.commit(
      copyStep(engine, source, destination, input, (transaction) =>
        blob === null || (isUnchanged(transaction, blob, source) && shareBlob(transaction, blob))
          ? { blob }
          : undefined,
      ),
    );
    if (shared !== undefined) return shared;
  }

  const bytes = await copyBytes(engine, source);
  const copied = await engine.commitFiles(
    bytes.files,
    copyStep(engine, source, destination, input, (transaction, place) => ({ blob: bytes.add(transaction, place) })),
    bytes.smallBytes,
  );
  if (copied === undefined) throw new TypeError("Expected a copy with bytes of its own to be added");
  return copied;
}

/** A list of parts gets longer when something is appended to its object. */
function isUnchanged({ index }: Transaction, blob: FileRef | ManifestRef, { object }: HeldObject): boolean {
  if (isFileRef(blob)) return true;
  const row = index.manifests.get(blobKey(blob));
  return row !== undefined && decodeManifest(row).length === object.partsCount;
}

function copyStep(
  engine: Engine,
  held: HeldObject,
  { bucket: name, key }: ObjectAddress,
  { ownerId, metadata, attributes, conditions, onChange }: CopyObjectInput,
  addBlob: (transaction: Transaction, place: Place) => { readonly blob: BlobRef | null } | undefined,
): Step<ObjectVersion | undefined> {
  return (transaction) => {
    const place = findPlace(transaction, transaction.bucket(name), key);
    checkWriteConditions(key, shownConditions(place.current), conditions);
    checkGrowth(place, held.object.sizeBytes, transaction.owners);
    const added = addBlob(transaction, place);
    if (added === undefined) return undefined;
    const object = {
      ...held.object,
      ...encodeMetadata(metadata),
      ...added,
      uploadId: null,
      attributes: encodeAttributes(attributes),
    };
    const stored = addVersion(transaction, place, { ownerId, object }, engine.stamps);
    const version = showObject(key, stored, object, true);
    tell(transaction, onChange, { kind: "added", bucket: name, version });
    return version;
  };
}

type CopiedBytes = {
  readonly files: readonly FileRef[];
  readonly smallBytes: number;
  add(transaction: Transaction, place: Place): BlobRef | null;
};

async function copyBytes(engine: Engine, held: HeldObject): Promise<CopiedBytes> {
  if (held.parts.length === 0) {
    const received = await receiveBody(held.stored(), engine);
    return {
      files: filesOf([received]),
      smallBytes: received.small?.length ?? 0,
      add: (transaction, place) => engine.addBytes(transaction, place, received),
    };
  }
  const copied: ReceivedBody[] = [];
  try {
    for (const part of held.parts) {
      copied.push(await receiveBody(held.stored(part), { ...engine, smallMaxBytes: 0 }));
    }
  } catch (error) {
    await engine.files.discard(filesOf(copied));
    throw error;
  }
  return {
    files: filesOf(copied),
    smallBytes: 0,
    add: (transaction) => addManifest(engine, transaction, held.parts, copied),
  };
}

function addManifest(
  engine: Engine,
  transaction: Transaction,
  parts: readonly StoredPart[],
  copied: readonly ReceivedBody[],
): BlobRef {
  const manifest = engine.nextManifest();
  const rows = parts.map((part, at) => {
    const file = copied[at]?.file;
    if (file !== undefined) addFile(transaction, file);
    return { ...part, blob: file ?? null };
  });
  transaction.index.manifests.put(blobKey(manifest), encodeManifest(rows));
  return manifest;
}

function filesOf(bodies: readonly ReceivedBody[]): FileRef[] {
  return bodies.flatMap(({ file }) => (file === undefined ? [] : [file]));
}
