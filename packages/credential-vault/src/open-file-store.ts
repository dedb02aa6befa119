import { randomBytes } from "node:crypto";
import { open, readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { AccessKeyRecord } from "./access-key-store.ts";
import { createMemoryStore, type VaultContent, type VaultStore } from "./create-memory-store.ts";
import type { SecretRecord } from "./secret-store.ts";
import { VaultError } from "./vault-error.ts";

const maxFileBytes = 64 * 1024 * 1024;
const dates = ["createdAt", "expiresAt", "revokedAt", "lastUsedAt"] as const;

/**
 * Keeps everything in one JSON file (mode 0600), which every change replaces whole: for one process and some thousand keys. A
 * file that does not exist is an empty store. Throws `StoreUnusable` when it cannot be read or is damaged.
 *
 * @example
 * const { canary, accessKeys, secrets } = await openFileStore("/var/lib/app/vault.json");
 */
export async function openFileStore(
  path: string,
  options: {
    /** @default the system clock */
    readonly now?: () => Date;
  } = {},
): Promise<VaultStore> {
  const content = await read(path);
  let writing: Promise<void> = Promise.resolve();
  return createMemoryStore({
    ...options,
    content,
    onChange() {
      const written = writing.catch(() => {}).then(() => write(path, content)); // whoever caused the other one has its error
      writing = written;
      return written;
    },
  });
}

async function read(path: string): Promise<VaultContent> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
      return { accessKeys: new Map(), secrets: new Map() };
    throw new VaultError("StoreUnusable", `Cannot read ${path}.`, { cause });
  }
  try {
    if (text.length > maxFileBytes) throw new RangeError("too large");
    const { version, canary, accessKeys, secrets = [] } = JSON.parse(text);
    if (version !== 1 || !Array.isArray(accessKeys) || !Array.isArray(secrets)) throw new TypeError("not a vault");
    return {
      canary,
      accessKeys: new Map(accessKeys.map(readRecord).map((record) => [record.accessKeyId, record])),
      secrets: new Map(secrets.map(readSecret).map((record) => [record.name, record])),
    };
  } catch {
    // No cause: the parser's message quotes the file.
    throw new VaultError(
      "StoreUnusable",
      `The file ${path} is damaged, or not of this program: restore it from a backup.`,
    );
  }
}

function readRecord(entry: Record<string, unknown>): AccessKeyRecord {
  const record = { ...entry };
  for (const name of dates) if (name in record) record[name] = readDate(record[name]);
  for (const name of ["accessKeyId", "secretEnvelope", "ownerId", "description"]) {
    if (typeof record[name] !== "string") throw new TypeError(`${name} is missing`);
  }
  return record as AccessKeyRecord;
}

function readSecret({ name, envelope, createdAt }: Record<string, unknown>): SecretRecord {
  if (typeof name !== "string" || typeof envelope !== "string") throw new TypeError("not a secret");
  return { name, envelope, createdAt: readDate(createdAt) };
}

function readDate(value: unknown): Date {
  const date = new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new TypeError("not a date");
  return date;
}

async function write(path: string, { canary, accessKeys, secrets }: VaultContent): Promise<void> {
  const document = { version: 1, canary, accessKeys: [...accessKeys.values()], secrets: [...secrets.values()] };
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = await open(temporary, "wx", 0o600);
    await file
      .writeFile(`${JSON.stringify(document, undefined, 2)}\n`)
      .then(() => file.sync())
      .finally(() => file.close());
    await rename(temporary, path);
    const directory = await open(dirname(path), "r");
    await directory.sync().finally(() => directory.close());
  } catch (cause) {
    await unlink(temporary).catch(() => {}); // it may not be there
    throw new VaultError("StoreUnusable", `Cannot write ${path}.`, { cause });
  }
}
