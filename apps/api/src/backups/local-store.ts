import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, opendir, realpath, rename, rmdir, unlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { type BackupStore, StoreError } from "./backup-store.ts";

const scratchMark = ".partial-";

/** A directory below the one that the operator has named, and nowhere else: symbolic links out of it are not followed. */
export async function openLocalStore(root: string, directory: string): Promise<BackupStore> {
  const folder = await makeFolder(root, directory);
  const locate = (name: string) => join(folder, name);
  const writeAll = async (
    name: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }> => {
    const file = locate(name);
    const scratch = `${file}${scratchMark}${randomBytes(6).toString("hex")}`;
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const handle = await open(await makeParents(file, scratch), "wx", 0o600).catch(orStoreError);
    try {
      for await (const chunk of body) {
        signal.throwIfAborted();
        hash.update(chunk);
        sizeBytes += chunk.length;
        await writeChunk(handle, chunk);
      }
      await handle.sync().catch(orStoreError);
    } catch (error) {
      await handle.close();
      await unlink(scratch).catch(() => {});
      throw error;
    }
    await handle.close();
    await rename(scratch, file).catch(orStoreError);
    await syncFolder(dirname(file));
    return { sha256: hash.digest("hex"), sizeBytes };
  };

  return {
    async write(name, bytes, signal) {
      await writeAll(name, [bytes], signal);
    },
    writeStream: (name, body, { signal }) => writeAll(name, body, signal),
    async read(name) {
      const handle = await open(locate(name), constants.O_RDONLY | constants.O_NOFOLLOW).catch(orStoreError);
      const { size } = await handle.stat();
      const stream = handle.createReadStream();
      stream.on("error", () => {}); // found when it is read
      return { sizeBytes: size, body: stream, discard: () => stream.destroy() };
    },
    async *list(prefix) {
      // Prefixes are folders.
      yield* listFolder(locate(prefix), prefix.replace(/\/$/, ""));
    },
    async remove(names) {
      for (const name of names) {
        await unlink(locate(name)).catch((error: unknown) => {
          if (codeOf(error) !== "ENOENT") orStoreError(error);
        });
        // An empty folder that is left is of no use; one that is not empty stays.
        await rmdir(dirname(locate(name))).catch(() => {});
      }
    },
    close() {},
  };
}

/** Makes it when it is not there. */
async function makeFolder(root: string, directory: string): Promise<string> {
  try {
    const top = await realpath(root);
    await mkdir(join(top, directory), { recursive: true, mode: 0o700 });
    const folder = await realpath(join(top, directory));
    if (folder.startsWith(top + sep)) return folder;
  } catch (error) {
    orStoreError(error);
  }
  throw new StoreError("Refused", "The directory is not below --backups-dir.");
}

async function makeParents(file: string, scratch: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(orStoreError);
  return scratch;
}

async function writeChunk(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await handle.write(chunk, offset).catch(orStoreError)).bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(orStoreError);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a crash has left half written is listed as well: it has a name that nobody needs. */
async function* listFolder(folder: string, name: string): AsyncGenerator<string> {
  const directory = await opendir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    return orStoreError(error);
  });
  if (directory === undefined) return;
  for await (const entry of directory) {
    const inner = `${name}/${entry.name}`;
    if (entry.isDirectory()) yield* listFolder(join(folder, entry.name), inner);
    else yield inner;
  }
}

function orStoreError(error: unknown): never {
  const code = codeOf(error);
  const option = { cause: error };
  if (code === "ENOENT") throw new StoreError("Missing", "The file is not there.", option);
  if (code === "ENOSPC" || code === "EDQUOT") {
    throw new StoreError("Full", "The disk of the destination is full.", option);
  }
  if (code === "EIO" || code === "ESTALE" || code === "EMFILE" || code === "ENFILE") {
    throw new StoreError("Away", `The disk of the destination does not work (${code}).`, option);
  }
  throw new StoreError("Refused", `The destination could not be used (${code ?? "no reason given"}).`, option);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
