import type { MessageState } from "../object-store.ts";
import { invertSequence, readUploadIdBytes } from "../ordered-id.ts";

// Keys of the index. A bucket's id comes first, so that a bucket is one range; object keys follow as they are, so that the
// order of the index is the order of the protocol: by UTF-8 bytes.
const bucketIdBytes = 4;
const maxObjectKeyBytes = 1024;
const sequenceBytes = 8;
const uploadIdBytes = 30;
const partNumberBytes = 2;
const separator = 0x00;
/** Greater than any byte of UTF-8: a prefix followed by it is past every key that has the prefix. */
const past = 0xff;

/** bucket id ‖ key. */
export function currentKey(bucketId: number, key: string): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const out = Buffer.allocUnsafe(bucketIdBytes + keyBytes);
  out.writeUInt32BE(bucketId, 0);
  out.write(key, bucketIdBytes);
  return out;
}

export function keyOfCurrent(indexKey: Buffer): string {
  return indexKey.toString("utf8", bucketIdBytes);
}

/** bucket id ‖ key ‖ 0 ‖ inverted sequence: the newest of a key first. */
export function noncurrentKey(bucketId: number, key: string, sequence: number): Buffer {
  const head = currentKey(bucketId, key);
  const out = Buffer.alloc(head.length + 1 + sequenceBytes, separator);
  head.copy(out);
  out.writeBigUInt64BE(BigInt(invertSequence(sequence)), head.length + 1);
  return out;
}

/** bucket id ‖ key, as in the key of the current version. */
export function ownerOfNoncurrent(indexKey: Buffer): Buffer {
  return indexKey.subarray(0, indexKey.length - 1 - sequenceBytes);
}

/** The range of all noncurrent versions of a key that are older than `below`. */
export function noncurrentRange(bucketId: number, key: string, below?: number): { start: Buffer; end: Buffer } {
  const head = currentKey(bucketId, key);
  const start =
    below === undefined ? Buffer.concat([head, Buffer.of(separator)]) : noncurrentKey(bucketId, key, below - 1);
  return { start, end: Buffer.concat([head, Buffer.of(separator + 1)]) };
}

/** bucket id ‖ key ‖ 0 ‖ upload id, whose first bytes are the time; undefined when it is no upload id. */
export function uploadKey(bucketId: number, key: string, uploadId: string): Buffer | undefined {
  const id = readUploadIdBytes(uploadId);
  return id && Buffer.concat([currentKey(bucketId, key), Buffer.of(separator), id]);
}

export function readUploadKey(indexKey: Buffer): { readonly key: string; readonly idBytes: Buffer } {
  const keyEnd = indexKey.length - uploadIdBytes - 1;
  return { key: indexKey.toString("utf8", bucketIdBytes, keyEnd), idBytes: indexKey.subarray(keyEnd + 1) };
}

/** upload id ‖ part number. */
export function partKey(idBytes: Uint8Array, partNumber: number): Buffer {
  const out = Buffer.allocUnsafe(uploadIdBytes + partNumberBytes);
  out.set(idBytes);
  out.writeUInt16BE(partNumber, uploadIdBytes);
  return out;
}

export function partNumberOf(indexKey: Buffer): number {
  return indexKey.readUInt16BE(uploadIdBytes);
}

export function partRange(idBytes: Uint8Array, after = 0): { start: Buffer; end: Buffer } {
  return { start: partKey(idBytes, Math.min(after, 0xfffe) + 1), end: partKey(idBytes, 0xffff) };
}

/** The range of all index keys of a bucket whose object key has the prefix; undefined when no key can have it. */
export function prefixRange(bucketId: number, prefix: string): { start: Buffer; end: Buffer } | undefined {
  if (Buffer.byteLength(prefix) > maxObjectKeyBytes) return undefined;
  const start = currentKey(bucketId, prefix);
  return { start, end: Buffer.concat([start, Buffer.of(past)]) };
}

/** bucket id ‖ name of the configuration. */
export function configurationKey(bucketId: number, name: string): Buffer {
  return currentKey(bucketId, name);
}

export function configurationRange(bucketId: number): { start: Buffer; end: Buffer } {
  return { start: currentKey(bucketId, ""), end: currentKey(bucketId + 1, "") };
}

/** queue ‖ 0 ‖ waiting or dead ‖ sequence. */
export function messageKey(queue: string, state: MessageState, sequence: number): Buffer {
  const head = messageHead(queue, state);
  const out = Buffer.alloc(head.length + sequenceBytes);
  head.copy(out);
  out.writeBigUInt64BE(BigInt(sequence), head.length);
  return out;
}

export function readMessageKey(indexKey: Buffer): {
  readonly queue: string;
  readonly state: MessageState;
  readonly sequence: number;
} {
  const sequenceAt = indexKey.length - sequenceBytes;
  return {
    queue: indexKey.toString("utf8", 0, sequenceAt - 2),
    state: indexKey[sequenceAt - 1] === deadByte ? "dead" : "waiting",
    sequence: Number(indexKey.readBigUInt64BE(sequenceAt)),
  };
}

/** The range of the messages of a queue above a sequence. */
export function messageRange(queue: string, state: MessageState, after: number): { start: Buffer; end: Buffer } {
  return {
    start: messageKey(queue, state, after + 1),
    end: Buffer.concat([messageHead(queue, state), Buffer.alloc(sequenceBytes, past)]),
  };
}

const deadByte = 2;

function messageHead(queue: string, state: MessageState): Buffer {
  return Buffer.concat([Buffer.from(queue), Buffer.of(separator, state === "dead" ? deadByte : 1)]);
}

/** The place right after `name`. */
export function placeAfter(bucketId: number, name: string): Buffer {
  return clip(currentKeyAnd(bucketId, name, separator));
}

/** The place after the versions or uploads of the key `name`, in an index whose keys go on after a separator. */
export function placeAfterAllOf(bucketId: number, name: string): Buffer {
  return clip(currentKeyAnd(bucketId, name, separator + 1));
}

/** The place after everything that begins with `commonPrefix`. */
export function placePastPrefix(bucketId: number, commonPrefix: string): Buffer {
  return clip(currentKeyAnd(bucketId, commonPrefix, past));
}

/** One buffer, not three: a listing of 1,000 common prefixes makes 1,000 of them. */
function currentKeyAnd(bucketId: number, name: string, lastByte: number): Buffer {
  const nameBytes = Buffer.byteLength(name);
  const out = Buffer.allocUnsafe(bucketIdBytes + nameBytes + 1);
  out.writeUInt32BE(bucketId, 0);
  out.write(name, bucketIdBytes);
  out[bucketIdBytes + nameBytes] = lastByte;
  return out;
}

/** A name longer than any key sorts among keys by its first 1,025 bytes; lmdb does not take more than 1,978. */
function clip(place: Buffer): Buffer {
  return place.length > bucketIdBytes + maxObjectKeyBytes + 1
    ? place.subarray(0, bucketIdBytes + maxObjectKeyBytes + 1)
    : place;
}
