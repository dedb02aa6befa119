import type { FileHandle } from "node:fs/promises";
import { crc32 } from "@node-rs/crc32";
import { bodyType, headerBytes, isIntactHeader, readHeader } from "./segment-record.ts";

export type SegmentRecord = {
  readonly type: number;
  readonly salt: number;
  /** Of the header. */
  readonly start: number;
  /** Of the payload. */
  readonly offset: number;
  readonly owner: Buffer;
  readonly payload: Buffer;
  /** False when the payload is not what was written. */
  readonly isIntact: boolean;
};

/**
 * The records of a segment in order, up to the first place that has none: its end, or what a power cut left behind it.
 * Buffers are fresh for each record.
 */
export async function* readSegment(file: FileHandle, from = 0): AsyncGenerator<SegmentRecord> {
  const window = createWindow(file);
  for (let at = from; ; ) {
    const head = await window.read(at, headerBytes);
    const header = head && readHeader(head);
    if (header === undefined) return;
    const { type, ownerBytes, payloadBytes, payloadCrc32, salt } = header;
    const whole = await window.read(at, headerBytes + ownerBytes);
    if (whole === undefined || !isIntactHeader(header, whole)) return;
    const offset = at + headerBytes + ownerBytes;
    const payload = await window.read(offset, payloadBytes);
    if (payload === undefined) return;
    yield {
      type,
      salt,
      start: at,
      offset,
      owner: Buffer.from(whole.subarray(headerBytes)),
      payload: Buffer.from(payload),
      isIntact: crc32(payload) === payloadCrc32,
    };
    at = offset + payloadBytes;
  }
}

export function isBody(record: SegmentRecord): boolean {
  return record.type === bodyType;
}

const windowBytes = 2 ** 20;

/** Reads ahead: records are much smaller than what a disk likes to read. */
function createWindow(file: FileHandle) {
  let buffer = Buffer.alloc(0);
  let start = 0;
  return {
    /** Undefined when the file ends before. The result is valid until the next call. */
    async read(at: number, sizeBytes: number): Promise<Buffer | undefined> {
      if (at < start || at + sizeBytes > start + buffer.length) {
        const wanted = Buffer.allocUnsafe(Math.max(windowBytes, sizeBytes));
        const { bytesRead } = await file.read(wanted, 0, wanted.length, at);
        buffer = wanted.subarray(0, bytesRead);
        start = at;
      }
      return at + sizeBytes <= start + buffer.length ? buffer.subarray(at - start, at - start + sizeBytes) : undefined;
    },
  };
}
