import { randomInt } from "node:crypto";
import { close, constants, fdatasync, ftruncate, open, unlink, writev } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "@node-rs/crc32";
import { type SegmentRef, segmentKind } from "../blob-ref.ts";
import { syncDirectory } from "../directory-sync.ts";
import { outcomeUnknown } from "../disk-error.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { OnBroken } from "../unflushed.ts";
import { type BatchBuffers, createBatchBuffers } from "./batch-buffers.ts";
import { addCommit, type Commit } from "./commit-record.ts";
import { type SegmentName, segmentPath } from "./segment-path.ts";
import { bodyType, headerBytes, writeHeader } from "./segment-record.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const flushFile = promisify(fdatasync);
const removeFile = promisify(unlink);
const truncateFile = promisify(ftruncate);
const writeBuffers = promisify(writev);

/**
 * The log of one process, in segments: the small bodies it stores and, behind those of each batch, what the batch changed in
 * the index. One append and one flush make a whole batch durable.
 */
export interface SegmentLog {
  /** Starts a batch: what it adds from now on is written by `append`. */
  beginBatch(): LogBatch;
  /**
   * Writes a batch. Resolves when it is on the disk, or only with the kernel when it need not be. Throws what the disk said when
   * nothing of the batch is left, `InternalError` when nobody knows.
   */
  append(batch: LogBatch, commit: BatchCommit): Promise<void>;
  /** Takes the last batch back: the index could not take it over. False when it may be there again after a restart. */
  retract(): Promise<boolean>;
  /** Puts on the disk what was appended without a flush. */
  flush(): Promise<void>;
  /** Leaves no file when nothing was ever appended: most commands only read. */
  close(): Promise<void>;
}

export interface LogBatch {
  readonly segment: number;
  /** The segment that is complete when this batch is written, because it begins the next one. */
  readonly completes: SegmentName | undefined;
  /** Adds a body; where it lies once the batch is written. `owner`: bucket id ‖ key. */
  addBody(owner: Uint8Array, body: Uint8Array): SegmentRef;
}

export type BatchCommit = Pick<Commit, "sequence" | "isFlushed" | "checkpoint" | "changes">;

export const segmentMaxBytes = 64 * 2 ** 20;

type OpenSegment = {
  readonly segment: number;
  readonly fd: number;
  endBytes: number;
  isFlushed: boolean;
  /** It has commits that were acknowledged before they were on the disk. */
  hasUnawaited: boolean;
};

export async function openSegmentLog({
  directory,
  epoch,
  onBroken,
  onPoint,
}: {
  readonly directory: string;
  readonly epoch: number;
  readonly onBroken: OnBroken;
  readonly onPoint: OnDurabilityPoint;
}): Promise<SegmentLog> {
  const folder = join(directory, "segments", String(epoch));
  await mkdir(folder, { mode: 0o700, recursive: true });
  await syncDirectory(join(directory, "segments"));
  let active = await openSegment(directory, epoch, 1);
  /** Where the last batch began; undefined when there is nothing to take back. */
  let lastStart: number | undefined;
  let lastFlush: Promise<void> = Promise.resolve();
  const buffers = createBatchBuffers();
  const salt = randomInt(1, 2 ** 32);

  const next = async (): Promise<void> => {
    await flush();
    const full = active;
    active = await openSegment(directory, epoch, full.segment + 1);
    onPoint("segment:begun");
    lastStart = undefined;
    await lastFlush;
    await closeFile(full.fd);
  };

  const flushActive = async (): Promise<void> => {
    if (active.isFlushed) return;
    const flushing = active;
    const upTo = flushing.endBytes;
    await flushOrBreak(flushing);
    if (flushing.endBytes !== upTo) return;
    flushing.isFlushed = true;
    flushing.hasUnawaited = false;
  };

  const flushOrBreak = async ({ fd, hasUnawaited }: OpenSegment): Promise<void> => {
    try {
      await flushFile(fd);
    } catch (error) {
      if (hasUnawaited) onBroken(error);
      throw error;
    }
  };

  // One at a time, so that it is known when nobody uses a descriptor any more.
  const flush = (): Promise<void> => {
    const run = lastFlush.then(flushActive);
    lastFlush = run.catch(() => {}); // its caller has the error
    return run;
  };

  /**
   * Cuts off what was written from `start` on; when that fails, or the disk did, nothing is appended behind it. False when it
   * may still be there.
   */
  const giveUp = async (start: number, isSuspect: boolean): Promise<boolean> => {
    lastStart = undefined;
    active.endBytes = isSuspect ? segmentMaxBytes : start;
    try {
      await truncateFile(active.fd, start);
      await flushOrBreak(active);
      return true;
    } catch {
      active.endBytes = segmentMaxBytes; // should the power fail now: of two attempts at one commit the later one counts
      return false;
    } finally {
      active.isFlushed = true;
    }
  };

  return {
    beginBatch() {
      // A batch does not know how long it gets: the last one of a segment ends a little past the limit.
      const isFull = active.endBytes >= segmentMaxBytes;
      const { segment, endBytes } = isFull ? { segment: active.segment + 1, endBytes: 0 } : active;
      buffers.clear();
      return createBatch(buffers, { epoch, segment, start: endBytes, salt });
    },
    async append(batch, { isFlushed, ...commit }) {
      const { segment, start } = batch as WrittenBatch;
      if (segment !== active.segment) await next();
      const atNs = process.hrtime.bigint();
      addCommit(buffers, { ...commit, isFlushed, atNs }, salt);
      let isWritten = false;
      try {
        active.isFlushed = false;
        active.endBytes = start + (await writeAll(active.fd, buffers.all(), start));
        isWritten = true;
        lastStart = start;
        onPoint("log:appended");
        if (isFlushed) await flush();
        else active.hasUnawaited = true;
        onPoint("log:flushed");
      } catch (error) {
        throw (await giveUp(start, isWritten)) ? error : outcomeUnknown(error);
      }
    },
    retract: async () => lastStart === undefined || (await giveUp(lastStart, false)),
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await closeFile(active.fd);
        const { segment, endBytes } = active;
        if (segment === 1 && endBytes === 0) await removeFile(segmentPath(directory, { epoch, segment }));
      }
    },
  };
}

type WrittenBatch = LogBatch & { readonly start: number };

function createBatch(
  buffers: BatchBuffers,
  {
    epoch,
    segment,
    start,
    salt,
  }: { readonly epoch: number; readonly segment: number; readonly start: number; readonly salt: number },
): WrittenBatch {
  return {
    segment,
    start,
    completes: start === 0 && segment > 1 ? { epoch, segment: segment - 1 } : undefined,
    addBody(owner, body) {
      const payloadBytes = body.length;
      const payloadCrc32 = crc32(body);
      const header = buffers.reserve(headerBytes + owner.length);
      writeHeader(header, { type: bodyType, owner, payloadBytes, payloadCrc32, salt });
      const offset = start + buffers.sizeBytes();
      buffers.append(body);
      return [segmentKind, epoch, segment, offset, payloadBytes, payloadCrc32];
    },
  };
}

async function openSegment(directory: string, epoch: number, segment: number): Promise<OpenSegment> {
  const path = segmentPath(directory, { epoch, segment });
  const fd = await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  await syncDirectory(join(path, ".."));
  return { segment, fd, endBytes: 0, isFlushed: true, hasUnawaited: false };
}

async function writeAll(fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  const wanted = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await writeBuffers(fd, buffers as Uint8Array[], position);
  if (bytesWritten === wanted) return wanted;
  // The kernel stops early when the disk is full; the rest says so.
  const rest = Buffer.concat(buffers).subarray(bytesWritten);
  return bytesWritten + (await writeAll(fd, [rest], position + bytesWritten));
}
