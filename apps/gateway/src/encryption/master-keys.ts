import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { VaultKey } from "@stave/credential-vault";
import { UsageError } from "../process/usage-error.ts";
import { readMasterKey } from "./read-master-key.ts";

/** What the keys of objects are sealed with. */
export interface MasterKeys {
  /** The one to seal with. The very first time, its file is made, unless the operator has named one. */
  current(): VaultKey;
  find(id: string): VaultKey | undefined;
}

export type MasterKeyPlaces = {
  readonly dataDirectory: string;
  /** The file named by the operator. */
  readonly encryptionKeyFile: string | undefined;
};

/** Where the key is when the operator has not named a file. */
export function defaultKeyFile(dataDirectory: string): string {
  return join(dataDirectory, "encryption.key");
}

/** Says which key the data directory needs, from the first encrypted object on. */
export function keyRecordFile(dataDirectory: string): string {
  return join(dataDirectory, "encryption.json");
}

/**
 * The keys of a data directory. Once anything was encrypted, the key must be there when this is called, and never is another one
 * made: throws a {@link UsageError} that says what to do. All processes on the directory end up with the same key.
 */
export function createMasterKeys(places: MasterKeyPlaces): MasterKeys {
  const { dataDirectory, encryptionKeyFile } = places;
  let key: VaultKey | undefined;
  if (encryptionKeyFile !== undefined || existsSync(keyRecordFile(dataDirectory))) key = loadKey(places);
  let isRecorded = existsSync(keyRecordFile(dataDirectory));

  // Not asynchronous: it happens once in the life of a process, and readers of objects cannot wait.
  const load = (): VaultKey => {
    key ??= loadKey(places);
    return key;
  };

  return {
    current() {
      if (key !== undefined && isRecorded) return key;
      if (encryptionKeyFile === undefined && !existsSync(keyRecordFile(dataDirectory))) {
        createFileOnce(defaultKeyFile(dataDirectory), `${randomBytes(32).toString("base64")}\n`);
      }
      const current = load();
      syncDirectory(dataDirectory);
      // Before the first object needs it: from now on no start makes another key.
      createFileOnce(keyRecordFile(dataDirectory), `${JSON.stringify({ format: 1, keyId: current.id })}\n`);
      checkRecord(places, current);
      syncDirectory(dataDirectory); // also when another process has made the files: it may not have come to this yet
      isRecorded = true;
      return current;
    },
    find(id) {
      const current = load();
      return current.id === id ? current : undefined;
    },
  };
}

function loadKey(places: MasterKeyPlaces): VaultKey {
  const file = places.encryptionKeyFile ?? defaultKeyFile(places.dataDirectory);
  let key: VaultKey;
  try {
    key = readMasterKey(file);
  } catch (error) {
    const needed = recordedId(places.dataDirectory);
    if (needed === undefined || !(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message} ${whatIsLost(needed)}`, { cause: error });
  }
  checkRecord(places, key, file);
  return key;
}

/** A key that would encrypt new objects and could not read the old ones must not be used. */
function checkRecord({ dataDirectory, encryptionKeyFile }: MasterKeyPlaces, key: VaultKey, file?: string): void {
  const needed = recordedId(dataDirectory);
  if (needed === undefined || needed === key.id) return;
  throw new UsageError(
    `${file ?? encryptionKeyFile ?? defaultKeyFile(dataDirectory)} holds the encryption key ${key.id}, and another one is needed. ${whatIsLost(needed)}`,
  );
}

function whatIsLost(needed: string): string {
  return `Objects in the data directory are encrypted with the key ${needed}: restore its file, or name it with --encryption-key-file. Without it they cannot be read by anybody.`;
}

function recordedId(dataDirectory: string): string | undefined {
  const file = keyRecordFile(dataDirectory);
  if (!existsSync(file)) return undefined;
  const record: unknown = parseJson(readFileSync(file, "utf8"));
  const id = typeof record === "object" && record !== null && "keyId" in record ? record.keyId : undefined;
  if (typeof id === "string" && /^[0-9a-f]{16}$/.test(id)) return id;
  throw new UsageError(`${file} is damaged: it should name the encryption key of the data directory. Restore it.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whole or not at all; of several processes one makes it. Durable with its directory. */
function createFileOnce(file: string, text: string): void {
  if (existsSync(file)) return;
  const temporary = `${file}.${process.pid}.new`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(temporary);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
