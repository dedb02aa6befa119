import { close, constants, fdatasync, open, read, write } from "node:fs";
import { alignedBytes } from "./aligned-memory.ts";

// The callback functions on bare descriptors: FileHandle costs twice the CPU for large bodies.

/** A file of ours that is being written. */
export interface WritableFile {
  /** Writes all bytes. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Flushes the bytes, and the size, to the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A file of ours that is being read. */
export interface ReadableFile {
  /** Fills `target` from `position` on; resolves with how much of it was filled, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Waits for a read in flight: the number of a closed descriptor may be another file's at once. */
  close(): Promise<void>;
}

export async function createFile(path: string): Promise<WritableFile> {
  const fd = await openDescriptor(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  let direct: number | undefined;

  const write = async (to: number, bytes: Uint8Array, position: number): Promise<void> => {
    for (let done = 0; done < bytes.length; ) done += await writeSome(to, bytes.subarray(done), position + done);
  };

  /** Resolves with how much was written: nothing, where it cannot be. */
  const writeDirect = async (to: number, bytes: Uint8Array, position: number): Promise<number> => {
    if (to === none) return 0;
    try {
      await write(to, bytes, position);
      return bytes.length;
    } catch (error) {
      if (isRefusal(error)) return 0;
      throw error;
    }
  };

  return {
    async write(bytes, position) {
      const directBytes = alignedBytes(bytes, position);
      if (directBytes < minDirectBytes || direct === none) return await write(fd, bytes, position);
      direct ??= await openDirect(path);
      const done = await writeDirect(direct, bytes.subarray(0, directBytes), position);
      if (done < bytes.length) await write(fd, bytes.subarray(done), position + done);
    },
    // A flush is of the file, whichever descriptor it was written through.
    flush: () =>
      new Promise((resolve, reject) => {
        fdatasync(fd, (error) => (error ? reject(error) : resolve()));
      }),
    async close() {
      try {
        if (direct !== undefined && direct !== none) await closeDescriptor(direct);
      } finally {
        await closeDescriptor(fd);
      }
    },
  };
}

const none = -1;

/** Below it a second descriptor costs more than the copy. */
const minDirectBytes = 128 * 1024;

/**
 * A second descriptor, past the page cache: the bytes of a large object are not copied once more, and do not drive out what is
 * read again and again. Where a file system cannot do that, there is none.
 */
async function openDirect(path: string): Promise<number> {
  const flag = (constants as { readonly O_DIRECT?: number }).O_DIRECT; // Linux only
  if (flag === undefined) return none;
  try {
    return await openDescriptor(path, constants.O_WRONLY | flag);
  } catch (error) {
    if (isRefusal(error)) return none;
    throw error;
  }
}

/** The file system, or the device below it, does not take direct writes, or not these. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EINVAL" || error.code === "ENOTSUP");
}

export async function openFile(path: string): Promise<ReadableFile> {
  const fd = await openDescriptor(path, constants.O_RDONLY);
  let reading: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    read(target, position) {
      if (isClosed) return Promise.reject(new Error("The file is closed"));
      const result = readSome(fd, target, position);
      reading = result.catch(() => {}); // its caller has the error
      return result;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await reading;
      await closeDescriptor(fd);
    },
  };
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, 0o600, (error, fd) => (error ? reject(error) : resolve(fd)));
  });
}

function closeDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(fd, (error) => (error ? reject(error) : resolve()));
  });
}

function writeSome(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

function readSome(fd: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, target, 0, target.length, position, (error, filled) => (error ? reject(error) : resolve(filled)));
  });
}
