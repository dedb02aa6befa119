import { mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type FileRef, fileKind } from "./blob-ref.ts";
import { createBlockChecksums } from "./block-checksums.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { createDirectorySync, syncDirectory } from "./directory-sync.ts";
import { noSpaceLeft } from "./disk-error.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import { createFile, openFile, type ReadableFile } from "./file-descriptor.ts";

/** Bodies that are files: `blobs/<epoch>/<n>/<serial>`, 4,096 to a directory, never named by anything a client sent. */
export interface BlobFiles {
  create(): Promise<BlobWriter>;
  open(blob: FileRef): Promise<ReadableFile>;
  /** Removes files that the index no longer has, or never had. Never fails: what stays is an orphan for the sweep. */
  discard(blobs: readonly FileRef[]): Promise<void>;
}

export interface BlobWriter {
  /** Has finished with `bytes` when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes the checksums of the blocks. Resolves when all and the file's name are on the disk. */
  finish(): Promise<FileRef>;
  /** Leaves nothing behind. Instead of, or after, a `finish` that failed. */
  abandon(): Promise<void>;
}

export const filesPerDirectory = 4096;

export function blobPath(directory: string, [, epoch, serial]: FileRef): string {
  return join(directory, "blobs", String(epoch), String(Math.floor(serial / filesPerDirectory)), String(serial));
}

export function createBlobFiles({
  directory,
  epoch,
  pool,
  isSpaceLow,
  onPoint,
}: {
  readonly directory: string;
  readonly epoch: number;
  /** Of large buffers: see README, "Limits". */
  readonly pool: BufferPool;
  /** True when only what frees space may use any. */
  readonly isSpaceLow: () => boolean;
  readonly onPoint: OnDurabilityPoint;
}): BlobFiles {
  const directories = createDirectorySync();
  const made = new Map<string, Promise<void>>();
  let lastSerial = 0;

  // The directory's own entry is made durable before anything in it is.
  const ensureDirectory = (path: string): Promise<void> => {
    const known = made.get(path);
    if (known !== undefined) return known;
    const making = makeDirectory(join(directory, "blobs"), path);
    made.clear(); // serials only grow: older directories exist
    made.set(path, making);
    making.catch(() => made.delete(path));
    return making;
  };

  const takeSpace = (): void => {
    if (isSpaceLow()) throw noSpaceLeft();
  };

  return {
    async create() {
      takeSpace();
      lastSerial += 1;
      const blob: FileRef = [fileKind, epoch, lastSerial];
      const path = blobPath(directory, blob);
      await ensureDirectory(join(path, ".."));
      const file = await createFile(path);
      let isOpen = true;
      const closeOnce = async (): Promise<void> => {
        if (!isOpen) return;
        isOpen = false;
        await file.close();
      };
      const writeAt = async (chunk: Uint8Array, position: number): Promise<void> => {
        takeSpace();
        await file.write(chunk, position);
      };
      const bytes = createCoalescer(writeAt, pool);
      const checksums = createBlockChecksums();
      return {
        write(chunk) {
          checksums.update(chunk);
          return bytes.write(chunk);
        },
        async finish() {
          await bytes.write(checksums.end());
          await bytes.end();
          onPoint("file:written");
          await file.flush();
          await closeOnce();
          await directories.sync(join(path, ".."));
          onPoint("file:flushed");
          return blob;
        },
        async abandon() {
          await bytes.abandon();
          await closeOnce().catch(() => {}); // the file goes anyway
          await discardFile(path);
        },
      };
    },
    open: (blob) => openFile(blobPath(directory, blob)),
    async discard(blobs) {
      await Promise.all(blobs.map((blob) => discardFile(blobPath(directory, blob))));
    },
  };
}

async function makeDirectory(blobs: string, path: string): Promise<void> {
  const epochDirectory = join(path, "..");
  await mkdir(path, { recursive: true, mode: 0o700 });
  await syncDirectory(epochDirectory);
  await syncDirectory(blobs);
}

async function discardFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch {
    // The write it belonged to is answered already, one way or the other: the sweep finds what could not be removed.
  }
}

type Coalescer = {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  abandon(): Promise<void>;
};

/**
 * Gathers small chunks into large writes, one in flight while the next buffer fills. When the pool has no buffer to spare
 * the chunks are written as they come: slower, but a thousand slow uploads do not hold a thousand buffers.
 */
function createCoalescer(writeAt: (bytes: Uint8Array, position: number) => Promise<void>, pool: BufferPool): Coalescer {
  let filling: Buffer | undefined;
  let used = 0;
  let position = 0;
  let inFlight: Promise<void> = Promise.resolve();

  const startWrite = (buffer: Buffer, sizeBytes: number): void => {
    const written = writeAt(buffer.subarray(0, sizeBytes), position);
    position += sizeBytes;
    inFlight = written.finally(() => pool.give(buffer));
    inFlight.catch(() => {}); // whoever waits for it next has the error
  };

  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        filling ??= pool.take();
        if (filling === undefined) {
          await inFlight;
          await writeAt(bytes.subarray(done), position);
          position += bytes.length - done;
          return;
        }
        const copied = Math.min(bytes.length - done, pool.sizeBytes - used);
        filling.set(bytes.subarray(done, done + copied), used);
        done += copied;
        used += copied;
        if (used < pool.sizeBytes) return;
        await inFlight;
        startWrite(filling, used);
        filling = undefined;
        used = 0;
      }
    },
    async end() {
      await inFlight;
      if (filling === undefined) return;
      const [buffer, sizeBytes] = [filling, used];
      filling = undefined;
      startWrite(buffer, sizeBytes);
      await inFlight;
    },
    async abandon() {
      await inFlight.catch(() => {}); // only that it has ended counts: its buffer must not be lent again before
      if (filling !== undefined) pool.give(filling);
      filling = undefined;
    },
  };
}
