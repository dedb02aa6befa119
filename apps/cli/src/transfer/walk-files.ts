import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { partialName } from "./download-object.ts";

export type WalkedFile = {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly state: string;
};

const statsAtOnce = 64;

/** What is no regular file, and why it is left out. */
export type Skipped = { readonly name: string; readonly why: string; readonly isFailure: boolean };

/** Every regular file below a directory by its name with slashes, in the order in which S3 lists: by the bytes of the whole name. */
export async function* walkFiles(
  root: string,
  onSkipped: (skipped: Skipped) => void,
): AsyncGenerator<WalkedFile, undefined> {
  yield* walk(root, "", onSkipped);
}

async function* walk(
  directory: string,
  prefix: string,
  onSkipped: (skipped: Skipped) => void,
): AsyncGenerator<WalkedFile, undefined> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(directory);
  } catch (error) {
    // Of the first one the caller wants to know; others are left out, and told.
    if (prefix === "") throw error;
    onSkipped({ name: prefix, why: `the directory cannot be read: ${codeOf(error)}`, isFailure: true });
    return;
  }
  const states = new Map<number, Promise<Stats | undefined>>();
  for (const [at, { entry, name }] of entries.entries()) {
    for (let next = at; next < Math.min(at + statsAtOnce, entries.length); next += 1) {
      const ahead = entries[next]?.entry;
      if (states.has(next) || ahead?.isFile() !== true) continue;
      states.set(
        next,
        lstat(join(directory, ahead.name)).catch(() => undefined),
      );
    }
    const state = await states.get(at);
    states.delete(at);
    const path = join(directory, entry.name);
    if (entry.name.includes("\ufffd")) onSkipped({ name, why: "its name is no UTF-8", isFailure: true });
    else if (entry.isDirectory()) yield* walk(path, name, onSkipped);
    else if (entry.isFile()) {
      // Gone since it was listed: no more than one that was never there.
      if (state === undefined || partialName.test(entry.name)) continue;
      yield { name, path, sizeBytes: state.size, state: `${state.size} ${state.mtimeMs} ${state.ino}` };
    } else if (entry.isSymbolicLink()) onSkipped({ name, why: "it is a symbolic link", isFailure: false });
    else onSkipped({ name, why: "it is no regular file", isFailure: false });
  }

  async function readEntries(path: string) {
    const found = await readdir(path, { withFileTypes: true });
    return found
      .map((entry) => ({ entry, name: `${prefix}${entry.name}${entry.isDirectory() ? "/" : ""}` }))
      .sort((a, b) => compareKeys(a.name, b.name));
  }
}

/** As S3 orders keys: by their bytes in UTF-8, which is not how JavaScript orders text. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
