import { randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "./process/usage-error.ts";

/** Somebody who may sign requests. Owns buckets and objects under `id`. */
export type Account = {
  /** Canonical user id: what owner fields show. */
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

export interface Accounts {
  byAccessKeyId(accessKeyId: string): Account | undefined;
  /** The id itself when nobody has it: accounts may leave while their objects stay. */
  displayNameOf(id: string): string;
  has(id: string): boolean;
  /** The canonical id of whoever has this address. */
  idOfEmail(email: string): string | undefined;
}

const maxFileBytes = 1024 * 1024;

export function createAccounts(all: readonly Account[]): Accounts {
  const byKey = new Map(all.map((account) => [account.accessKeyId, account]));
  const names = new Map(all.map((account) => [account.id, account.displayName]));
  const ids = new Map(all.map((account) => [account.email.toLowerCase(), account.id]));
  ids.delete(""); // which is the address of nobody
  return {
    byAccessKeyId: (accessKeyId) => byKey.get(accessKeyId),
    displayNameOf: (id) => names.get(id) ?? id,
    has: (id) => names.has(id),
    idOfEmail: (email) => ids.get(email.toLowerCase()),
  };
}

/** Reads a users file: a JSON array of accounts. Throws a {@link UsageError} that names the entry and the field at fault. */
export function readAccounts(file: string): readonly Account[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read the users file ${file}: ${reason(cause)}.`, { cause });
  }
  if (text.length > maxFileBytes) throw new UsageError(`The users file ${file} is larger than ${maxFileBytes} bytes.`);
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the file, and the file holds secrets.
    throw new UsageError(`The users file ${file} is not valid JSON.`);
  }
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new UsageError(`Expected the users file ${file} to be a JSON array with at least one account.`);
  }
  const accounts = entries.map((entry, index) => parseAccount(entry, `${file}, entry ${index}`));
  const keys = new Set(accounts.map((account) => account.accessKeyId));
  if (keys.size !== accounts.length) throw new UsageError(`The users file ${file} has the same accessKeyId twice.`);
  return accounts;
}

/** An account with random keys, in a new users file that only its owner can read. */
export async function createRootAccount(file: string): Promise<Account> {
  const account: Account = {
    id: randomBytes(32).toString("hex"),
    displayName: "root",
    email: "",
    accessKeyId: `AKIA${randomText(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    secretAccessKey: randomText(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
  };
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.chmod(0o600); // the mode above is only for a file that was not there
    await handle.writeFile(`${JSON.stringify([account], undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const directory = await open(dirname(join(file)), "r");
  await directory.sync().finally(() => directory.close());
  return account;
}

function parseAccount(entry: unknown, where: string): Account {
  if (typeof entry !== "object" || entry === null) throw new UsageError(`Expected an object in ${where}.`);
  const field = (name: keyof Account, isValid: (value: string) => boolean, expected: string): string => {
    const value: unknown = Reflect.get(entry, name);
    // Never show the value: a secret may have landed in the wrong field.
    if (typeof value !== "string" || !isValid(value))
      throw new UsageError(`Expected "${name}" in ${where} to be ${expected}.`);
    return value;
  };
  return {
    id: field("id", (value) => /^[\x21-\x7e]{1,128}$/.test(value), "1 to 128 visible ASCII characters"),
    displayName: field("displayName", (value) => value.length <= 256, "a text of at most 256 characters"),
    email: field("email", (value) => value.length <= 320, "a text of at most 320 characters"),
    accessKeyId: field("accessKeyId", (value) => /^\w{3,128}$/.test(value), "3 to 128 letters, digits or underscores"),
    secretAccessKey: field(
      "secretAccessKey",
      (value) => /^[\x21-\x7e]{8,256}$/.test(value),
      "8 to 256 visible ASCII characters",
    ),
  };
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

function reason(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
}
