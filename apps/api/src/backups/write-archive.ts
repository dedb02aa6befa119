import { createHash } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import type { BackupRecord } from "@stave/control-database";
import { pack } from "tar-stream";
import { archivePath, besideFolder } from "./archive-paths.ts";
import type { BackupStore } from "./backup-store.ts";
import { ManifestError, type ManifestIndex, type ManifestLine, type ObjectLine, readChunk } from "./manifest.ts";
import { openScratch, type Scratch } from "./scratch-index.ts";
import { nameIn } from "./store-object.ts";

// A tar of POSIX with pax headers, compressed with zstd: `manifest.json`, and for each of its chunks `manifest/N.jsonl`, whose lines name the
// file (`path`) of each object, and then these files: `objects/BUCKET/KEY` of the newest versions, `versions/BUCKET/N` of the older ones.

export type ArchiveInput = {
  readonly backup: BackupRecord;
  readonly index: ManifestIndex & { readonly bytes: Buffer };
  readonly store: BackupStore;
  readonly signal: AbortSignal;
};

type Pack = ReturnType<typeof pack>;

/** All of a backup as one stream. It fails, without an end that a reader would take for one, when anything is damaged or gone. `onEnd` is called once, in any case. */
export function writeArchive(input: ArchiveInput, onEnd: (error?: unknown) => void): Readable {
  const tar = pack();
  const output = new PassThrough();
  const stop = new AbortController();
  const signal = AbortSignal.any([input.signal, stop.signal]);
  const writing = fill(tar, { ...input, signal }).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  const sending = pipeline(tar, createZstdCompress(), output).catch((error: unknown) => {
    stop.abort();
    throw error;
  });
  void Promise.allSettled([writing, sending]).then(([written, sent]) => {
    const failed = written.status === "rejected" ? written : sent.status === "rejected" ? sent : undefined;
    onEnd(failed?.reason);
  });
  return output;
}

async function fill(tar: Pack, input: ArchiveInput): Promise<void> {
  const { backup, index, store, signal } = input;
  const mtime = backup.createdAt;
  const scratch = await openPaths(input);
  try {
    await addBytes(tar, { name: "manifest.json", bytes: index.bytes, mtime });
    let place = 0;
    for (const [number, chunk] of index.chunks.entries()) {
      const { lines } = await readChunk({ store, backup, signal }, chunk);
      const named = lines.map((line) => {
        place += 1;
        return line.type === "object" ? { ...line, path: pathOf(scratch, line, place) } : line;
      });
      const text = named.map((line) => `${JSON.stringify(line)}\n`).join("");
      const name = `manifest/${String(number).padStart(6, "0")}.jsonl`;
      await addBytes(tar, { name, bytes: Buffer.from(text), mtime });
      for (const line of named) if (line.type === "object") await addObject(tar, input, line);
    }
    tar.finalize();
  } finally {
    scratch.close();
  }
}

/** Which paths are folders of others. */
async function openPaths({ backup, index, store, signal }: ArchiveInput): Promise<Scratch> {
  const scratch = openScratch("create table folder (path text primary key) without rowid;");
  try {
    const insert = scratch.database.prepare("insert or ignore into folder values (?)");
    const note = (line: ManifestLine): void => {
      if (line.type !== "object" || !line.isLatest) return;
      const path = newestPath(line);
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
        // Who has this folder has noted the ones above it.
        if (insert.run(path.slice(0, at)).changes === 0) break;
      }
    };
    for (const chunk of index.chunks) {
      const { lines } = await readChunk({ store, backup, signal }, chunk);
      scratch.database.exec("begin");
      for (const line of lines) note(line);
      scratch.database.exec("commit");
    }
    return scratch;
  } catch (error) {
    scratch.close();
    throw error;
  }
}

function newestPath({ bucket, key }: ObjectLine): string {
  return `objects/${bucket}/${archivePath(key)}`;
}

function pathOf({ database }: Scratch, line: ObjectLine, place: number): string {
  if (!line.isLatest) return `versions/${line.bucket}/${place}`;
  const path = newestPath(line);
  const isFolder = database.prepare("select 1 from folder where path = ?").get(path) !== undefined;
  return isFolder ? besideFolder(path) : path;
}

function addBytes(
  tar: Pack,
  { name, bytes, mtime }: { readonly name: string; readonly bytes: Buffer; readonly mtime: Date },
): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ name, mtime, mode: 0o600 }, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function addObject(
  tar: Pack,
  { backup, store, signal }: ArchiveInput,
  line: ObjectLine & { readonly path: string },
): Promise<void> {
  const { path: name, sizeBytes: size, sha256, bucket, key } = line;
  const { body, discard } = await store.read(nameIn(backup.folder, line.body), signal);
  const hash = createHash("sha256");
  let read = 0;
  const checked = async function* () {
    for await (const chunk of body) {
      signal.throwIfAborted();
      hash.update(chunk);
      read += chunk.length;
      yield chunk;
    }
    if (read !== size || hash.digest("hex") !== sha256) {
      throw new ManifestError(`The stored bytes of ${bucket}/${key} are damaged.`);
    }
  };
  try {
    const header = { name, size, mtime: new Date(line.lastModified), mode: 0o600 };
    if (size === 0) {
      for await (const _ of checked());
      await addBytes(tar, { name, bytes: Buffer.alloc(0), mtime: header.mtime });
      return;
    }
    await pipeline(checked(), tar.entry(header), { signal });
  } finally {
    discard();
  }
}
