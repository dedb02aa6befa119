import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DataDirectoryLock, lockDataDirectory } from "../src/embedded/data-directory.ts";
import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  openEmbeddedStore,
} from "../src/embedded/open-embedded-store.ts";

export type TemporaryDirectory = { readonly directory: string; [Symbol.asyncDispose](): Promise<void> };

export async function createTemporaryDirectory(): Promise<TemporaryDirectory> {
  const directory = await mkdtemp(join(tmpdir(), "stave-store-"));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

export type TemporaryStore = TemporaryDirectory & { readonly store: EmbeddedStore; readonly lock: DataDirectoryLock };

/** A store in a directory of its own with the bucket `photos`, gone at the end of the block. */
export async function openTemporaryStore(
  options: Omit<EmbeddedStoreOptions, "directory"> = {},
): Promise<TemporaryStore> {
  const temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory, ...options });
  await store.createBucket({ name: "photos", ownerId: "owner" });
  return {
    directory,
    store,
    lock,
    async [Symbol.asyncDispose]() {
      await store.close();
      await lock.release();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

/** Every file below a directory, relative to it. */
export async function filesBelow(directory: string, name: string): Promise<string[]> {
  const entries = await readdir(join(directory, name), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
