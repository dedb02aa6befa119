import { join } from "node:path";

export type SegmentName = { readonly epoch: number; readonly segment: number };

/** Segments of one process, in the order they were begun: `segments/<epoch>/<segment>`. */
export function segmentPath(directory: string, { epoch, segment }: SegmentName): string {
  return join(directory, "segments", String(epoch), String(segment));
}

const bytes = 10;

/** The key of a segment in the index. */
export function segmentKey({ epoch, segment }: SegmentName): Buffer {
  const key = Buffer.allocUnsafe(bytes);
  key.writeUInt32BE(epoch, 0);
  key.writeUIntBE(segment, 4, 6);
  return key;
}

export function readSegmentKey(key: Buffer): SegmentName {
  return { epoch: key.readUInt32BE(0), segment: key.readUIntBE(4, 6) };
}
