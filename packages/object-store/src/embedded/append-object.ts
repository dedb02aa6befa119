import { hash } from "node:crypto";
import { checkKey } from "../check-key.ts";
import { multipartEtag } from "../completed-parts.ts";
import type { AppendObjectInput, ObjectAddress, ObjectBody, ObjectVersion } from "../object-store.ts";
import { encryptedAppend, invalidWriteOffset, needsNoVersions, tooManyParts } from "../refusals.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import { addReceived } from "./add-received.ts";
import { blobKey, type FileRef, isFileRef, isManifestRef, isSegmentRef, type ManifestRef } from "./blob-ref.ts";
import { addFile, releaseBlob, shareBlob } from "./blobs.ts";
import type { Step } from "./committer.ts";
import type { Engine } from "./engine.ts";
import { tell } from "./messages.ts";
import type { OwnerRoom } from "./owner-usage.ts";
import { type ReceivedBody, receiveBody } from "./receive-body.ts";
import {
  type BucketState,
  decodeManifest,
  encodeChecksum,
  encodeManifest,
  type StoredObject,
  type StoredPart,
  type StoredVersion,
} from "./records.ts";
import { showChecksum, showObject } from "./show-records.ts";
import type { Transaction } from "./transaction.ts";
import { shownConditions } from "./uploads.ts";
import { changeCurrent, checkGrowth, findPlace, type Place, readCurrent } from "./versions.ts";

const maxParts = 10_000;

/** The bytes of a small object, and which version of its key they are of. */
export type SmallBytes = { readonly bytes: Uint8Array; readonly sequence: number };

/**
 * Adds bytes to the end of an object, in one commit. One that stays small is written again, whole: what lies in a segment has
 * one owner. Any other is a list of parts, or becomes one, and gets one part more; no byte of it is copied.
 */
export async function appendObject(
  engine: Engine,
  readSmall: (address: ObjectAddress) => Promise<SmallBytes | undefined>,
  { address, body }: { readonly address: ObjectAddress; readonly body: ObjectBody },
  input: AppendObjectInput,
): Promise<ObjectVersion> {
  const { offsetBytes } = input;
  const base = engine.reading(() => findBase(engine, address, input));
  const small = base?.object?.blob && isSegmentRef(base.object.blob) ? await readSmall(address) : undefined;
  if (small !== undefined && small.sequence !== base?.sequence) throw invalidWriteOffset(address);

  const isSmall = offsetBytes === 0 || small !== undefined;
  const smallMaxBytes = isSmall ? Math.max(0, engine.smallMaxBytes - offsetBytes) : 0;
  const received = await receiveBody(body, { files: engine.files, smallMaxBytes }, input);
  if (offsetBytes === 0) {
    return await engine.commitFiles(
      filesOf([received]),
      putFirst(engine, address, received, input),
      received.small?.length,
    );
  }
  const whole = small !== undefined && received.small !== undefined ? join(small.bytes, received.small) : undefined;
  const head = small !== undefined && whole === undefined ? await moveOut(engine, small.bytes, received) : undefined;
  return await engine.commitFiles(
    filesOf([head, received]),
    append(engine, { address, sequence: base?.sequence, head, whole, added: received }, input),
    whole?.length,
  );
}

/** Refused early, before 5 GiB have been read; what counts is the same check in the commit. */
function findBase(engine: Engine, address: ObjectAddress, input: AppendObjectInput): StoredVersion | undefined {
  checkKey(address.key);
  const bucket = engine.bucket(address.bucket);
  const current = readCurrent(engine.index, bucket.id, address.key);
  check({ bucket, key: address.key, current }, input, {
    addedBytes: input.declaredSizeBytes ?? 0,
    owners: engine.owners,
  });
  return current;
}

function check(
  { bucket, key, current }: { readonly bucket: BucketState } & Pick<Place, "key" | "current">,
  { conditions, offsetBytes, encryption }: AppendObjectInput,
  { addedBytes, owners }: { readonly addedBytes: number; readonly owners: OwnerRoom },
): void {
  if (bucket.versioning !== undefined) throw needsNoVersions(bucket.name);
  checkWriteConditions(key, shownConditions(current), conditions);
  if ((current?.object?.sizeBytes ?? 0) !== offsetBytes) throw invalidWriteOffset({ key });
  const isEncrypted = encryption !== undefined || current?.object?.encryption !== null;
  if (offsetBytes > 0 && isEncrypted) throw encryptedAppend({ key });
  checkGrowth({ bucket, current }, offsetBytes + addedBytes, owners);
}

/** To nothing, or to an empty object: that is a put. */
function putFirst(
  engine: Engine,
  address: ObjectAddress,
  received: ReceivedBody,
  input: AppendObjectInput,
): Step<ObjectVersion> {
  return (transaction) => {
    const place = findPlace(transaction, transaction.bucket(address.bucket), address.key);
    check(place, input, { addedBytes: received.sizeBytes, owners: transaction.owners });
    return addReceived(engine, transaction, place, received, input);
  };
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  return second.length === 0 ? first : Buffer.concat([first, second]);
}

/** A small object that grows beyond a segment gets a file of its own, its first part. */
async function moveOut(engine: Engine, bytes: Uint8Array, { file }: ReceivedBody): Promise<ReceivedBody> {
  try {
    return await receiveBody(bytes, { files: engine.files, smallMaxBytes: 0 });
  } catch (error) {
    if (file !== undefined) await engine.files.discard([file]);
    throw error;
  }
}

type Appending = {
  readonly address: ObjectAddress;
  /** Of the version that the bytes are for. */
  readonly sequence: number | undefined;
  /** What was in a segment, now in a file. */
  readonly head: ReceivedBody | undefined;
  /** All bytes, when they stay in a segment. */
  readonly whole: Uint8Array | undefined;
  readonly added: ReceivedBody;
};

function append(engine: Engine, appending: Appending, input: AppendObjectInput): Step<ObjectVersion> {
  const { address, added } = appending;
  return (transaction) => {
    const place = findPlace(transaction, transaction.bucket(address.bucket), address.key);
    check(place, input, { addedBytes: added.sizeBytes, owners: transaction.owners });
    const { current } = place;
    // An object of the same size that has come meanwhile is not the one that the first bytes are of.
    if (current?.object === undefined || current.sequence !== appending.sequence) throw invalidWriteOffset(address);
    if (added.sizeBytes === 0) return showObject(address.key, current, current.object, true);
    const { object: before } = current;
    const checksum = input.combineChecksums?.(
      { sizeBytes: before.sizeBytes, checksum: before.checksum === null ? undefined : showChecksum(before.checksum) },
      { sizeBytes: added.sizeBytes, checksum: added.checksum },
    );
    const object: StoredObject = {
      ...before,
      ...addBytes(engine, { transaction, place, before }, appending),
      sizeBytes: before.sizeBytes + added.sizeBytes,
      checksum: encodeChecksum(checksum),
      uploadId: null,
    };
    const stored = changeCurrent(transaction, place, object, engine.stamps);
    const version = showObject(address.key, stored, object, true);
    tell(transaction, input.onChange, { kind: "added", bucket: address.bucket, version });
    return version;
  };
}

type Changing = { readonly transaction: Transaction; readonly place: Place; readonly before: StoredObject };

function addBytes(
  engine: Engine,
  { transaction, place, before }: Changing,
  { address, head, whole, added }: Appending,
): Pick<StoredObject, "blob" | "etag" | "partsCount"> {
  if (whole !== undefined) {
    releaseBlob(transaction, before.blob);
    return { blob: transaction.addBody(place.indexKey, whole), etag: hash("md5", whole, "hex"), partsCount: 0 };
  }
  const existing = partsOf(transaction, before, head);
  const last = existing.at(-1)?.partNumber ?? 0;
  if (last >= maxParts) throw tooManyParts(address);
  const parts = [...existing, asPart(last + 1, added)];
  const blob = takeParts(engine, transaction, before);
  for (const file of filesOf([head, added])) addFile(transaction, file);
  transaction.index.manifests.put(blobKey(blob), encodeManifest(parts));
  return { blob, etag: multipartEtag(parts), partsCount: parts.length };
}

function partsOf(
  { index }: Transaction,
  { blob, sizeBytes, etag, checksum }: StoredObject,
  head: ReceivedBody | undefined,
): readonly StoredPart[] {
  if (blob !== null && isManifestRef(blob)) {
    const row = index.manifests.get(blobKey(blob));
    if (row === undefined) throw new TypeError("Expected a multipart object to have a list of parts");
    return decodeManifest(row);
  }
  return [{ partNumber: 1, sizeBytes, etag, checksum, blob: head?.file ?? blob, seal: null }];
}

function asPart(partNumber: number, { sizeBytes, etag, checksum, file }: ReceivedBody): StoredPart {
  return { partNumber, sizeBytes, etag, checksum: encodeChecksum(checksum), blob: file ?? null, seal: null };
}

/**
 * Where the longer list of parts goes. To the old place, when nobody shares it: who reads the object has pinned that place, and
 * sees the parts that were there. The files of a shared list get one more user each.
 */
function takeParts(engine: Engine, transaction: Transaction, { blob }: StoredObject): ManifestRef {
  if (blob === null || isFileRef(blob)) return engine.nextManifest(); // which uses the file from now on
  if (isSegmentRef(blob)) {
    releaseBlob(transaction, blob);
    return engine.nextManifest();
  }
  const { blobs, manifests } = transaction.index;
  const key = blobKey(blob);
  if ((blobs.get(key) ?? 1) === 1) return blob;
  const row = manifests.get(key);
  for (const part of row === undefined ? [] : decodeManifest(row)) {
    if (part.blob !== null && isFileRef(part.blob)) shareBlob(transaction, part.blob);
  }
  releaseBlob(transaction, blob);
  return engine.nextManifest();
}

function filesOf(bodies: readonly (ReceivedBody | undefined)[]): FileRef[] {
  return bodies.flatMap((body) => (body?.file === undefined ? [] : [body.file]));
}
