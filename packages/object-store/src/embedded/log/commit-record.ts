import { crc32 } from "@node-rs/crc32";
import type { BatchBuffers } from "./batch-buffers.ts";
import { commitType, headerBytes, writeHeader } from "./segment-record.ts";

// What a transaction wrote into the index, so that it can be written again when the index has lost it:
//
//   0  sequence: u48   6  flags: u16, 1 = the writers waited for the flush   8  when: u64, monotonic nanoseconds
//   16 number of changes: u32
//   20 the commit that the last checkpoint of this process includes: u48
//
// then the changes: table u8, bytes of the key u16, bytes of the value u32 (all ones: removed), key, value.

const fixedBytes = 26;
const changeBytes = 7;
const removed = 0xffffffff;
const flushedFlag = 1;

export type Change = {
  /** Its place among the tables of the index. */
  readonly table: number;
  readonly key: Uint8Array;
  /** Undefined when the row was removed. */
  readonly value: Uint8Array | undefined;
};

export type Commit = {
  /** Counts the commits of all processes, without a gap. */
  readonly sequence: number;
  readonly isFlushed: boolean;
  /** Of commits of the same sequence, only the last one happened: the others were taken back. */
  readonly atNs: bigint;
  /** When it was written the index had a checkpoint that includes this commit: one that is older is of no use. */
  readonly checkpoint: number;
  readonly changes: readonly Change[];
};

/** Adds the whole record, header included. */
export function addCommit(
  buffers: BatchBuffers,
  { sequence, isFlushed, atNs, checkpoint, changes }: Commit,
  salt: number,
): void {
  const sizeBytes = changes.reduce(
    (sum, { key, value }) => sum + changeBytes + key.length + (value?.length ?? 0),
    fixedBytes,
  );
  const header = buffers.reserve(headerBytes);
  const payload = buffers.reserve(sizeBytes);
  payload.writeUIntLE(sequence, 0, 6);
  payload.writeUInt16LE(isFlushed ? flushedFlag : 0, 6);
  payload.writeBigUInt64LE(atNs, 8);
  payload.writeUInt32LE(changes.length, 16);
  payload.writeUIntLE(checkpoint, 20, 6);
  let at = fixedBytes;
  for (const { table, key, value } of changes) {
    payload[at] = table;
    payload.writeUInt16LE(key.length, at + 1);
    payload.writeUInt32LE(value === undefined ? removed : value.length, at + 3);
    payload.set(key, at + changeBytes);
    at += changeBytes + key.length;
    if (value === undefined) continue;
    payload.set(value, at);
    at += value.length;
  }
  writeHeader(header, {
    type: commitType,
    owner: noOwner,
    payloadBytes: sizeBytes,
    payloadCrc32: crc32(payload),
    salt,
  });
}

const noOwner = Buffer.alloc(0);

/** The payload of an intact record. The changes are views of it. */
export function decodeCommit(payload: Buffer): Commit {
  const changes: Change[] = [];
  const count = payload.readUInt32LE(16);
  let at = fixedBytes;
  for (let n = 0; n < count; n += 1) {
    const keyEnd = at + changeBytes + payload.readUInt16LE(at + 1);
    const valueBytes = payload.readUInt32LE(at + 3);
    const valueEnd = valueBytes === removed ? keyEnd : keyEnd + valueBytes;
    changes.push({
      table: payload[at] ?? 0,
      key: payload.subarray(at + changeBytes, keyEnd),
      value: valueBytes === removed ? undefined : payload.subarray(keyEnd, valueEnd),
    });
    at = valueEnd;
  }
  return {
    sequence: payload.readUIntLE(0, 6),
    isFlushed: (payload.readUInt16LE(6) & flushedFlag) !== 0,
    atNs: payload.readBigUInt64LE(8),
    checkpoint: payload.readUIntLE(20, 6),
    changes,
  };
}

/** Of a commit record, without decoding its changes. */
export function sequenceOf(payload: Buffer): number {
  return payload.readUIntLE(0, 6);
}
