import { type DataDirectoryLock, lockDataDirectory } from "../../src/embedded/data-directory.ts";
import type { DurabilityPoint } from "../../src/embedded/durability-point.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";

export const bucket = "photos";

export type OpenedStore = {
  readonly store: EmbeddedStore;
  readonly lock: DataDirectoryLock;
  /** How often the point was passed. */
  passed(point: DurabilityPoint): number;
  /** Resolves the next time that the point is passed. */
  next(point: DurabilityPoint): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Takes the directory and opens its store, as one process does. Makes the bucket on first use. */
export async function openStore(directory: string): Promise<OpenedStore> {
  const counts = new Map<DurabilityPoint, number>();
  const waiting: { readonly point: DurabilityPoint; readonly resolve: () => void }[] = [];
  const lock = await lockDataDirectory(directory);
  try {
    const store = await openEmbeddedStore({
      directory,
      onPoint: (passed) => {
        counts.set(passed, (counts.get(passed) ?? 0) + 1);
        for (const { point, resolve } of waiting) if (point === passed) resolve();
      },
    });
    if ((await store.readBucket(bucket)) === undefined) await store.createBucket({ name: bucket, ownerId: "owner" });
    let isClosed = false;
    const close = async (): Promise<void> => {
      if (isClosed) return;
      isClosed = true;
      try {
        await store.close();
      } finally {
        await lock.release();
      }
    };
    return {
      store,
      lock,
      passed: (point) => counts.get(point) ?? 0,
      next: (point) => new Promise((resolve) => waiting.push({ point, resolve })),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Every key of the bucket and its size. */
export async function listSizes(store: EmbeddedStore): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page = await store.listObjects(bucket, { after, maxKeys: 1000 });
    for (const { key, sizeBytes } of page.objects) sizes.set(key, sizeBytes);
    after = page.nextAfter;
  }
  return sizes;
}
