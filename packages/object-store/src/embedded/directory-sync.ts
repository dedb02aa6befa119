import { open } from "node:fs/promises";

/** Makes the entries of a directory durable. */
export interface DirectorySync {
  /** Resolves when every entry that exists now is on the disk. */
  sync(path: string): Promise<void>;
}

type Flushes = { running: Promise<void>; next: Promise<void> | undefined };

/**
 * Writers to one directory share a flush: one is in flight, and the next one serves everybody who came meanwhile. (The one
 * in flight may have begun before their entry existed.)
 */
export function createDirectorySync(): DirectorySync {
  const directories = new Map<string, Flushes>();

  const start = (path: string, flushes: Flushes): Promise<void> => {
    const running = syncDirectory(path).finally(() => {
      if (flushes.next === undefined && flushes.running === running) directories.delete(path);
    });
    flushes.running = running;
    flushes.next = undefined;
    return running;
  };

  return {
    sync(path) {
      const flushes = directories.get(path);
      if (flushes === undefined) {
        const first: Flushes = { running: Promise.resolve(), next: undefined };
        directories.set(path, first);
        return start(path, first);
      }
      flushes.next ??= flushes.running.then(
        () => start(path, flushes),
        () => start(path, flushes), // the flush before it failed for its own writers
      );
      return flushes.next;
    },
  };
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
