import { type BigIntStats, closeSync, constants, fstatSync, open, read } from "node:fs";
import { promisify } from "node:util";

/** A file that is read. What waits for no disk is asked for at once: handing it to another thread costs ten times as much as doing it. */
export type ReadableFile = {
  /** As it is now. */
  state(): BigIntStats;
  /** Resolves to how many bytes there were: fewer than asked for at the end of the file only. */
  read(into: Buffer, position: number): Promise<number>;
  close(): void;
};

const openFile = promisify(open);
const readFile = promisify(read);

/** Rejects with what the system says. A pipe that nobody writes into is opened as well, instead of waited for. */
export async function openForReading(path: string): Promise<ReadableFile> {
  const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return {
    state: () => fstatSync(fd, { bigint: true }),
    async read(into, position) {
      for (let filled = 0; ; ) {
        const { bytesRead } = await readFile(fd, into, filled, into.length - filled, position + filled);
        filled += bytesRead;
        if (bytesRead === 0 || filled === into.length) return filled;
      }
    },
    close: () => closeSync(fd),
  };
}
