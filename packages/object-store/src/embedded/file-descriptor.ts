import { close, constants, fdatasync, open, read, write } from "node:fs";

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
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length; ) done += await writeSome(fd, bytes.subarray(done), position + done);
    },
    flush: () =>
      new Promise((resolve, reject) => {
        fdatasync(fd, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => closeDescriptor(fd),
  };
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
