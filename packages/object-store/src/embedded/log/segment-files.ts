import { closeSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { crc32 } from "@node-rs/crc32";
import type { SegmentRef } from "../blob-ref.ts";
import { bytesDamaged } from "../damage.ts";
import { segmentPath } from "./segment-path.ts";

/** Bodies in segments, of all processes. */
export interface SegmentFiles {
  /**
   * Reads a body into `target`, of its size, and verifies it. Throws `ENOENT` when its segment is gone, `ObjectDamaged` when
   * the bytes are not right. Answers at once when it can.
   */
  read(body: SegmentRef, target: Buffer): Buffer | Promise<Buffer>;
  /** Lets go of the segments that nobody has read from for a while, or that are gone. */
  close(): void;
}

const readSome = promisify(read);

/** Open at a time; the least recently opened one goes first. */
const maxOpen = 128;
/** A deleted segment keeps its space as long as it is open. */
const openForMs = 30_000;

/** A body that is in memory is there in microseconds, and a turn through the thread pool costs five times that. */
const slowMs = 1;
/** After a read that had to wait for the disk, how many go through the thread pool: others must not wait for the disk, too. */
const carefulReads = 256;

export function createSegmentFiles(directory: string): SegmentFiles {
  const files = new Map<
    string,
    { readonly fd: number; readonly openedMs: number; readers: number; isDropped: boolean }
  >();
  let careful = 0;

  const drop = (path: string): void => {
    const file = files.get(path);
    if (file === undefined) return;
    files.delete(path);
    file.isDropped = true;
    if (file.readers === 0) closeSync(file.fd);
  };

  const take = (path: string) => {
    const known = files.get(path);
    if (known !== undefined && performance.now() - known.openedMs < openForMs) return known;
    drop(path);
    const oldest = files.keys().next().value;
    if (files.size >= maxOpen && oldest !== undefined) drop(oldest);
    const opened = { fd: openSync(path, "r"), openedMs: performance.now(), readers: 0, isDropped: false };
    files.set(path, opened);
    return opened;
  };

  const timer = setInterval(() => {
    for (const [path, { openedMs }] of files) if (performance.now() - openedMs >= openForMs) drop(path);
  }, openForMs).unref();

  return {
    read([, epoch, segment, offset, sizeBytes, expected], bytes) {
      const file = take(segmentPath(directory, { epoch, segment }));
      if (careful > 0) {
        careful -= 1;
        return readCarefully(file, bytes, offset, expected);
      }
      const started = performance.now();
      const filled = readSync(file.fd, bytes, 0, sizeBytes, offset);
      if (performance.now() - started > slowMs) careful = carefulReads;
      return verified(bytes, filled, expected);
    },
    close() {
      clearInterval(timer);
      for (const path of [...files.keys()]) drop(path);
    },
  };

  async function readCarefully(
    file: ReturnType<typeof take>,
    bytes: Buffer,
    offset: number,
    expected: number,
  ): Promise<Buffer> {
    file.readers += 1;
    try {
      const { bytesRead } = await readSome(file.fd, bytes, 0, bytes.length, offset);
      return verified(bytes, bytesRead, expected);
    } finally {
      file.readers -= 1;
      if (file.isDropped && file.readers === 0) closeSync(file.fd);
    }
  }
}

function verified(bytes: Buffer, filled: number, expected: number): Buffer {
  if (filled !== bytes.length || crc32(bytes) !== expected) throw bytesDamaged();
  return bytes;
}
