import type { FileHandle } from "node:fs/promises";
import { readSegment, type SegmentRecord } from "./read-segment.ts";
import { headerBytes, isIntactHeader, readHeader } from "./segment-record.ts";

/** Where a run of records ends although others follow. */
export type Hole = { readonly holeAt: number };

/**
 * All records of a segment that can still be told, those behind damage too. (What looks like a record behind damage may be
 * part of a body, if somebody stored a segment as an object.)
 */
export async function* salvageSegment(file: FileHandle): AsyncGenerator<SegmentRecord | Hole> {
  for (let at: number | undefined = 0; at !== undefined; ) {
    let end: number = at;
    for await (const record of readSegment(file, at)) {
      yield record;
      end = record.offset + record.payload.length;
    }
    at = await findRecord(file, end + 1);
    if (at !== undefined) yield { holeAt: end };
  }
}

const magic = Buffer.from("SGR2", "latin1");
/** bucket id ‖ key. Longer owners are not ours, and reading them for each magic in a body would take for ever. */
const maxOwnerBytes = 4 + 1024;
const maxHeadBytes = headerBytes + maxOwnerBytes;
const windowBytes = 2 ** 20;

async function findRecord(file: FileHandle, from: number): Promise<number | undefined> {
  const window = Buffer.allocUnsafe(windowBytes);
  for (let start = from; ; start += windowBytes - maxHeadBytes) {
    const { bytesRead } = await file.read(window, 0, windowBytes, start);
    const bytes = window.subarray(0, bytesRead);
    for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
      if (isRecord(bytes.subarray(at))) return start + at;
    }
    if (bytesRead < windowBytes) return undefined;
  }
}

function isRecord(bytes: Buffer): boolean {
  const header = readHeader(bytes);
  if (header === undefined || header.ownerBytes > maxOwnerBytes) return false;
  const head = bytes.subarray(0, headerBytes + header.ownerBytes);
  return head.length === headerBytes + header.ownerBytes && isIntactHeader(header, head);
}
