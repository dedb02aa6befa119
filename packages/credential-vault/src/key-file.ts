import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { toVaultKey, type VaultKey } from "./sealed-bytes.ts";
import { VaultError } from "./vault-error.ts";

const keyBytes = 32;
const maxFileBytes = 64 * 1024;
const ownerOnly = 0o600;

/** The keys of a key file: the current one seals, the others still open what they sealed. */
export type KeyFileContent = {
  readonly current: VaultKey;
  readonly retired: readonly (VaultKey & { readonly retiredAt: Date })[];
};

/**
 * Reads a key file; undefined when there is none.
 *
 * Throws `KeyFileUnreadable`, `KeyFileExposed` when others than its owner can read or write it, `KeyFileInvalid` when it is cut
 * off, damaged or no key file.
 */
export async function readKeyFile(path: string): Promise<KeyFileContent | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would be waited for
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined;
    throw unreadable(path, cause);
  }
  try {
    const found = await file.stat();
    if (!found.isFile())
      throw new VaultError(
        "KeyFileUnreadable",
        `Cannot read the key file ${path}: it is no file. Every secret in the database needs it.`,
      );
    const { mode, size } = found;
    if ((mode & 0o077) !== 0) throw exposed(path, mode);
    if (size > maxFileBytes) throw invalid(path, `it is larger than ${maxFileBytes} bytes`);
    return parse(path, await file.readFile("utf8"));
  } catch (cause) {
    throw cause instanceof VaultError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** Creates a key file with a new key. Of several that try at once one wins, and all read what it wrote. */
export async function createKeyFile(path: string): Promise<KeyFileContent> {
  const temporary = await writeTemporary(path, { current: createKey(), retired: [] });
  try {
    await link(temporary, path);
    await syncDirectory(path);
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw unreadable(path, cause);
  } finally {
    await unlink(temporary);
  }
  const written = await readKeyFile(path);
  if (written === undefined) throw unreadable(path, undefined);
  return written;
}

/** Replaces the content, whole or not at all. */
export async function replaceKeyFile(path: string, content: KeyFileContent): Promise<void> {
  try {
    const temporary = await writeTemporary(path, content);
    await rename(temporary, path);
    await syncDirectory(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export function createKey(): VaultKey {
  return toVaultKey(randomBytes(keyBytes));
}

async function writeTemporary(path: string, { current, retired }: KeyFileContent): Promise<string> {
  const document = {
    version: 1,
    current: encode(current),
    retired: retired.map((key) => ({ ...encode(key), retiredAt: key.retiredAt.toISOString() })),
  };
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  const file = await open(temporary, "wx", ownerOnly);
  try {
    await file.writeFile(`${JSON.stringify(document, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

function encode({ id, bytes }: VaultKey): { readonly id: string; readonly key: string } {
  return { id, key: Buffer.from(bytes).toString("base64") };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r");
  await directory.sync().finally(() => directory.close());
}

function parse(path: string, text: string): KeyFileContent {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the file.
    throw invalid(path, "it is cut off, or no JSON");
  }
  if (field(document, "version") !== 1) throw invalid(path, "its version is unknown");
  const retired = field(document, "retired");
  if (!Array.isArray(retired)) throw invalid(path, "the list of retired keys is missing");
  return {
    current: parseKey(path, field(document, "current")),
    retired: retired.map((entry: unknown) => ({ ...parseKey(path, entry), retiredAt: parseDate(path, entry) })),
  };
}

function parseKey(path: string, entry: unknown): VaultKey {
  const text = field(entry, "key");
  const bytes = Buffer.from(typeof text === "string" ? text : "", "base64");
  if (bytes.length !== keyBytes) throw invalid(path, `a key is not ${keyBytes} bytes long`);
  const key = toVaultKey(bytes);
  if (key.id !== field(entry, "id")) throw invalid(path, "a key does not belong to its id: the file is damaged");
  return key;
}

function parseDate(path: string, entry: unknown): Date {
  const date = new Date(String(field(entry, "retiredAt")));
  if (Number.isNaN(date.getTime())) throw invalid(path, "a retired key has no date");
  return date;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function exposed(path: string, mode: number): VaultError {
  const shown = (mode & 0o777).toString(8).padStart(3, "0");
  return new VaultError(
    "KeyFileExposed",
    `The key file ${path} has the mode ${shown}: others than its owner can use it. Decide whether the key may have been read; then run: chmod 600 ${path}`,
  );
}

function invalid(path: string, problem: string): VaultError {
  return new VaultError(
    "KeyFileInvalid",
    `The key file ${path} cannot be used: ${problem}. Restore it from a backup: every secret in the database is lost without it.`,
  );
}

function unreadable(path: string, cause: unknown): VaultError {
  const reason = codeOf(cause) ?? "an error of the disk";
  return new VaultError(
    "KeyFileUnreadable",
    `Cannot read or write the key file ${path}: ${reason}. Every secret in the database needs it.`,
    { cause },
  );
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}
