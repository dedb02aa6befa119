import type { FileHandle } from "node:fs/promises";
import { crc32 } from "@node-rs/crc32";
import { indexPageBytes } from "../open-index.ts";
import { readTxnId } from "./meta-page.ts";

/** A state of the index that is on the disk whole: restoring its root page brings it back. */
export type Checkpoint = {
  readonly txnId: bigint;
  readonly metaPage: Buffer;
  /** What the file of the index has to be long at least. */
  readonly indexBytes: number;
};

// Two slots, written in turn, so that a cut leaves the other one; and each slot is there twice, because the checkpoint before
// it is no way out when a bit of it flips: its pages may be in use again.
const copyBytes = 2 * indexPageBytes;
const copies = 2;
const slots = 2;
const magic = 0x31504b43; // "CKP1"
const headBytes = 24;

/** Takes the space for all slots, so that a full disk does not end the checkpoints. */
export async function writeEmpty(file: FileHandle): Promise<void> {
  await writeWhole(file, Buffer.alloc(slots * copies * copyBytes), 0);
}

/** Writes a slot. The caller flushes. */
export async function writeSlot(file: FileHandle, slot: number, { metaPage, indexBytes }: Checkpoint): Promise<void> {
  const copy = Buffer.alloc(copyBytes);
  copy.writeUInt32LE(magic, 0);
  copy.writeUIntLE(indexBytes, 8, 6);
  metaPage.copy(copy, headBytes);
  copy.writeUInt32LE(checksumOf(copy), 4);
  const bytes = Buffer.concat(Array.from({ length: copies }, () => copy));
  await writeWhole(file, bytes, (slot % slots) * copies * copyBytes);
}

/** The kernel stops early when the disk is full; the rest says so. */
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** The newest checkpoint of a file; undefined when there is none that is whole. */
export function newestIn(content: Buffer): Checkpoint | undefined {
  let newest: Checkpoint | undefined;
  for (let at = 0; at + copyBytes <= content.length; at += copyBytes) {
    const found = readCopy(content.subarray(at, at + copyBytes));
    if (found !== undefined && (newest === undefined || found.txnId > newest.txnId)) newest = found;
  }
  return newest;
}

function readCopy(copy: Buffer): Checkpoint | undefined {
  if (copy.readUInt32LE(0) !== magic || copy.readUInt32LE(4) !== checksumOf(copy)) return undefined;
  const metaPage = Buffer.from(copy.subarray(headBytes, headBytes + indexPageBytes));
  const txnId = readTxnId(metaPage);
  return txnId === undefined ? undefined : { txnId, metaPage, indexBytes: copy.readUIntLE(8, 6) };
}

function checksumOf(copy: Buffer): number {
  return crc32(copy.subarray(8));
}
