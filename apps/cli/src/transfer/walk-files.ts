import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { partialName } from "./download-object.ts";

export type WalkedFile = { readonly name: string; readonly path: string };

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
  for (const { entry, name } of entries) {
    const path = join(directory, entry.name);
    if (entry.name.includes("\ufffd")) onSkipped({ name, why: "its name is no UTF-8", isFailure: true });
    else if (entry.isDirectory()) yield* walk(path, name, onSkipped);
    else if (entry.isFile()) {
      if (!partialName.test(entry.name)) yield { name, path };
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
