import { pageOfParts } from "../object-parts.ts";
import type {
  ByteRange,
  DeleteMarker,
  ObjectAddress,
  ObjectBody,
  ObjectPart,
  ObjectVersion,
  OpenObject,
  OpenObjectOptions,
  OpenObjectPart,
} from "../object-store.ts";
import type { BlobFiles } from "./blob-files.ts";
import {
  type BlobRef,
  blobKey,
  type FileRef,
  isFileRef,
  isSameBlob,
  isSegmentRef,
  type ManifestRef,
  type SegmentRef,
} from "./blob-ref.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { bytesMissing } from "./damage.ts";
import { diskError, isMissing, onDisk } from "./disk-error.ts";
import type { ReadableFile } from "./file-descriptor.ts";
import type { SegmentFiles } from "./log/segment-files.ts";
import type { Index } from "./open-index.ts";
import type { Pin, Pins } from "./pins.ts";
import { type LentBuffer, readFile } from "./read-blob.ts";
import { decodeManifest, type StoredObject, type StoredPart } from "./records.ts";
import { openWhole, readSealed, storedBytes } from "./sealed-body.ts";
import { showChecksum, showObject, showVersion } from "./show-records.ts";
import type { FoundVersion } from "./versions.ts";

/** What a copy needs to know of an open object. */
export type HeldObject = {
  readonly sequence: number;
  readonly object: StoredObject;
  readonly parts: readonly StoredPart[];
  /** What is on the disk of the object, or of one of its parts: the bytes, encrypted if they are. */
  stored(part?: StoredPart): ObjectBody;
};

export type OpenedVersion = { readonly open: OpenObject; readonly held: HeldObject };

export type Opener = {
  readonly index: Index;
  readonly files: BlobFiles;
  readonly segments: SegmentFiles;
  readonly pins: Pins;
  readonly takeBuffer: () => LentBuffer;
  /** For bodies in segments. */
  readonly smallBuffers: BufferPool;
  /** Looks the version up in a fresh snapshot. */
  readonly find: (address: ObjectAddress, versionId: string | undefined) => FoundVersion | undefined;
};

/** Opens a version. One that is replaced between the look-up and the opening is looked up again. */
export async function openVersion(
  opener: Opener,
  address: ObjectAddress,
  versionId: string | undefined,
  { keyOf }: OpenObjectOptions = {},
): Promise<OpenedVersion | DeleteMarker | undefined> {
  let missing: BlobRef | null = null;
  for (;;) {
    const found = opener.find(address, versionId);
    if (found === undefined) return undefined;
    const { stored, isLatest } = found;
    const { object } = stored;
    if (object === undefined) {
      const marker = showVersion(address.key, stored, isLatest);
      return marker.isDeleteMarker ? marker : undefined;
    }
    if (object.blob !== null && isSameBlob(object.blob, missing)) {
      throw bytesMissing();
    }
    const version = showObject(address.key, stored, object, isLatest);
    const key = object.encryption === null ? undefined : keyOf?.(version);
    const bytes = await openBytes(opener, { address, versionId, key }, object);
    if (bytes === undefined) {
      missing = object.blob;
      continue;
    }
    const { parts, stored: storedForm } = bytes;
    return { open: openObject(version, bytes), held: { sequence: stored.sequence, object, parts, stored: storedForm } };
  }
}

/** Of which version the bytes are opened, and the key to them if they are encrypted. */
type Wanted = {
  readonly address: ObjectAddress;
  readonly versionId: string | undefined;
  readonly key: Uint8Array | undefined;
};

/** The bytes of a version, held until `close`. */
type HeldBytes = {
  readonly bytes?: Uint8Array;
  readonly parts: readonly StoredPart[];
  read(range: ByteRange): AsyncIterable<Uint8Array>;
  readonly stored: HeldObject["stored"];
  close(): Promise<void>;
};

function openObject(version: ObjectVersion, { bytes, parts, read, close }: HeldBytes): OpenObject {
  return {
    version,
    ...(bytes !== undefined && { bytes }),
    read: (range) => (version.sizeBytes === 0 ? noBytes() : read(range ?? { first: 0, last: version.sizeBytes - 1 })),
    part: async (partNumber) => findPart(parts, partNumber),
    listParts: async (query) => pageOfParts(parts, query, showObjectPart),
    close,
  };
}

/** Undefined when the bytes have gone since the look-up. */
async function openBytes(
  opener: Opener,
  wanted: Wanted,
  { blob, sizeBytes, seal, partsCount }: StoredObject,
): Promise<HeldBytes | undefined> {
  if (blob === null) {
    const bytes = new Uint8Array(0);
    return { bytes, parts: [], read: noBytes, stored: () => bytes, close: async () => {} };
  }
  if (isSegmentRef(blob)) return openSmall(opener, blob, { sizeBytes, seal, key: wanted.key });
  if (isFileRef(blob)) return openSingleFile(opener, { blob, sizeBytes, seal, key: wanted.key });
  return openManifest(opener, wanted, { blob, partsCount });
}

/** A body as it is stored, and the key to it if there is one. */
type Body = { readonly sizeBytes: number; readonly seal: string | null; readonly key: Uint8Array | undefined };

function requireKey(key: Uint8Array | undefined): Uint8Array {
  if (key === undefined) throw new TypeError("Expected `keyOf` to be given for the bytes of an encrypted object");
  return key;
}

/** Smaller buffers come from a slab of Node's, which costs next to nothing. */
const pooledBytes = 2048;

async function openSmall(
  { segments, smallBuffers }: Opener,
  blob: SegmentRef,
  body: Body,
): Promise<HeldBytes | undefined> {
  const [, , , , sizeBytes] = blob;
  const lent = sizeBytes > pooledBytes && sizeBytes <= smallBuffers.sizeBytes ? smallBuffers.take() : undefined;
  const giveBack = (): void => {
    if (lent !== undefined) smallBuffers.give(lent);
  };
  try {
    const read = segments.read(blob, lent?.subarray(0, sizeBytes) ?? Buffer.allocUnsafe(sizeBytes));
    const stored = read instanceof Uint8Array ? read : await read;
    const held = { parts: [], stored: () => stored, close: async () => giveBack() };
    const bytes = body.seal === null ? stored : openSealed(stored, body);
    if (bytes === undefined) return { ...held, read: () => once(requireKey(undefined)) };
    return { ...held, bytes, read: ({ first, last }) => once(bytes.subarray(first, last + 1)) };
  } catch (error) {
    giveBack();
    if (isMissing(error)) return undefined;
    throw diskError(error);
  }
}

function openSealed(stored: Uint8Array, { sizeBytes, seal, key }: Body): Uint8Array | undefined {
  return seal === null || key === undefined ? undefined : openWhole(stored, { sizeBytes, seal, key });
}

async function openSingleFile(
  { files, takeBuffer }: Opener,
  { blob, sizeBytes, seal, key }: Body & { readonly blob: FileRef },
): Promise<HeldBytes | undefined> {
  const file = await openIfThere(files, blob);
  if (file === undefined) return undefined;
  const onDiskBytes = storedBytes({ sizeBytes, seal });
  const readStored = (range: ByteRange) => readFile(file, onDiskBytes, range, takeBuffer);
  return {
    parts: [],
    read: (range) =>
      seal === null ? readStored(range) : readSealed(readStored, { sizeBytes, seal, key: requireKey(key) }, range),
    stored: () => readStored({ first: 0, last: onDiskBytes - 1 }),
    close: () => file.close(),
  };
}

async function openManifest(
  opener: Opener,
  { address, versionId, key }: Wanted,
  { blob, partsCount }: Pick<StoredObject, "partsCount"> & { readonly blob: ManifestRef },
): Promise<HeldBytes | undefined> {
  const pin = await onDisk(() => opener.pins.create(blob));
  try {
    const again = opener.find(address, versionId);
    const row = opener.index.read(() => opener.index.manifests.get(blobKey(blob)));
    if (row === undefined || !isSameBlob(again?.stored.object?.blob ?? null, blob)) {
      await pin.release();
      return undefined;
    }
    const parts = decodeManifest(row).slice(0, partsCount); // more may have been appended since the first look
    return {
      parts,
      read: (range) => readParts(opener, { parts, key }, range),
      stored: (part) => (part === undefined ? noBytes() : readStoredPart(opener, part)),
      close: () => releasePin(pin),
    };
  } catch (error) {
    await releasePin(pin);
    throw diskError(error);
  }
}

/** Opens the file of one part at a time: an object may have 10,000 of them. */
async function* readParts(
  opener: Opener,
  { parts, key }: { readonly parts: readonly StoredPart[]; readonly key: Uint8Array | undefined },
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const { sizeBytes, blob, seal } of parts) {
    const end = start + sizeBytes - 1;
    if (blob !== null && isFileRef(blob) && end >= first && start <= last) {
      yield* readPart(
        opener,
        { blob, sizeBytes, seal, key },
        { first: Math.max(first - start, 0), last: Math.min(last, end) - start },
      );
    }
    start += sizeBytes;
  }
}

async function* readStoredPart(opener: Opener, part: StoredPart): AsyncGenerator<Uint8Array> {
  const { blob } = part;
  if (blob === null || !isFileRef(blob)) return;
  const sizeBytes = storedBytes(part);
  yield* readPart(opener, { blob, sizeBytes, seal: null, key: undefined }, { first: 0, last: sizeBytes - 1 });
}

async function* readPart(
  opener: Opener,
  body: Body & { readonly blob: FileRef },
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  const bytes = await openSingleFile(opener, body);
  if (bytes === undefined) throw bytesMissing();
  try {
    yield* bytes.read(range);
  } finally {
    await bytes.close();
  }
}

async function openIfThere(files: BlobFiles, blob: FileRef): Promise<ReadableFile | undefined> {
  try {
    return await files.open(blob);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error);
  }
}

async function releasePin(pin: Pin): Promise<void> {
  await onDisk(() => pin.release());
}

function findPart(parts: readonly StoredPart[], partNumber: number): OpenObjectPart | undefined {
  let first = 0;
  for (const { partNumber: number, sizeBytes, checksum } of parts) {
    if (number === partNumber) {
      const range = sizeBytes === 0 ? undefined : { first, last: first + sizeBytes - 1 };
      return { range, ...(checksum !== null && { checksum: showChecksum(checksum) }) };
    }
    first += sizeBytes;
  }
  return undefined;
}

function showObjectPart({ partNumber, sizeBytes, checksum }: StoredPart): ObjectPart {
  return { partNumber, sizeBytes, ...(checksum !== null && { checksum: showChecksum(checksum) }) };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
