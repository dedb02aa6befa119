import type { CopyObjectInput, ObjectAddress, ObjectVersion, OpenObject } from "../object-store.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import { type BlobRef, blobKey } from "./blob-ref.ts";
import { shareBlob } from "./blobs.ts";
import type { Step } from "./committer.ts";
import type { Engine } from "./engine.ts";
import type { HeldObject } from "./open-version.ts";
import { type ReceivedBody, receiveBody } from "./receive-body.ts";
import { encodeManifest, encodeMetadata, type StoredPart } from "./records.ts";
import { showObject } from "./show-records.ts";
import type { Transaction } from "./transaction.ts";
import { shownConditions } from "./uploads.ts";
import { addVersion, findPlace } from "./versions.ts";

export type CopySource = { readonly open: OpenObject; readonly held: HeldObject };

/**
 * Adds a version that shares the bytes of an open object. When the object was deleted since it was opened there is nothing
 * left to share: then its bytes, which its reader still holds, are written again.
 */
export async function copyVersion(
  engine: Engine,
  source: CopySource,
  destination: ObjectAddress,
  input: CopyObjectInput,
): Promise<ObjectVersion> {
  const { blob } = source.held.object;
  const shared = await engine.commit(
    copyStep(engine, source, destination, input, (transaction) =>
      blob === null || shareBlob(transaction, blob) ? { blob } : undefined,
    ),
  );
  if (shared !== undefined) return shared;

  const bytes = await copyBytes(engine, source);
  const copied = await engine.commitFiles(
    bytes.files,
    copyStep(engine, source, destination, input, (transaction) => ({ blob: bytes.add(transaction) })),
  );
  if (copied === undefined) throw new TypeError("Expected a copy with bytes of its own to be added");
  return copied;
}

function copyStep(
  engine: Engine,
  { held }: CopySource,
  { bucket: name, key }: ObjectAddress,
  { ownerId, metadata, conditions }: CopyObjectInput,
  addBlob: (transaction: Transaction) => { readonly blob: BlobRef | null } | undefined,
): Step<ObjectVersion | undefined> {
  return (transaction) => {
    const place = findPlace(transaction, transaction.bucket(name), key);
    checkWriteConditions(key, shownConditions(place.current), conditions);
    const added = addBlob(transaction);
    if (added === undefined) return undefined;
    const object = { ...held.object, ...encodeMetadata(metadata), ...added, uploadId: null };
    const stored = addVersion(transaction, place, { ownerId, object }, engine.stamps);
    return showObject(key, stored, object, true);
  };
}

type CopiedBytes = { readonly files: readonly BlobRef[]; add(transaction: Transaction): BlobRef | null };

async function copyBytes(engine: Engine, { open, held }: CopySource): Promise<CopiedBytes> {
  if (held.parts.length === 0) {
    const received = await receiveBody(open.read(), engine);
    return { files: filesOf([received]), add: (transaction) => engine.addBytes(transaction, received) };
  }
  const copied: ReceivedBody[] = [];
  try {
    let first = 0;
    for (const { sizeBytes } of held.parts) {
      const bytes = sizeBytes === 0 ? noBytes() : open.read({ first, last: first + sizeBytes - 1 });
      copied.push(await receiveBody(bytes, engine));
      first += sizeBytes;
    }
  } catch (error) {
    await engine.files.discard(filesOf(copied));
    throw error;
  }
  return { files: filesOf(copied), add: (transaction) => addManifest(engine, transaction, held.parts, copied) };
}

function addManifest(
  engine: Engine,
  transaction: Transaction,
  parts: readonly StoredPart[],
  copied: readonly ReceivedBody[],
): BlobRef {
  const manifest = engine.nextManifest();
  const rows = parts.map((part, at) => {
    const received = copied[at];
    return { ...part, blob: received === undefined ? null : engine.addBytes(transaction, received) };
  });
  transaction.index.manifests.put(blobKey(manifest), encodeManifest(rows));
  return manifest;
}

function filesOf(bodies: readonly ReceivedBody[]): BlobRef[] {
  return bodies.flatMap(({ file }) => (file === undefined ? [] : [file]));
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
