import { readFileSync } from "node:fs";
import type { GivenKey } from "../auth/identities.ts";
import { UsageError } from "../process/usage-error.ts";
import { accessKeyIdForm, isWellKnown, secretAccessKeyForm } from "./given-key.ts";

const maxFileBytes = 1024 * 1024;

/** Reads a users file: a JSON array of accounts, each with a key. Throws a {@link UsageError} that names the entry and the field at fault. */
export function readUsersFile(file: string): readonly GivenKey[] {
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
  const users = entries.map((entry, index) => parseEntry(entry, `${file}, entry ${index}`));
  const keys = new Set(users.map(({ accessKeyId }) => accessKeyId));
  if (keys.size !== users.length) throw new UsageError(`The users file ${file} has the same accessKeyId twice.`);
  return users;
}

function parseEntry(entry: unknown, where: string): GivenKey {
  if (typeof entry !== "object" || entry === null) throw new UsageError(`Expected an object in ${where}.`);
  const field = (name: keyof GivenKey, isValid: (value: string) => boolean, expected: string): string => {
    const value: unknown = Reflect.get(entry, name);
    // Never show the value: a secret may have landed in the wrong field.
    if (typeof value !== "string" || !isValid(value))
      throw new UsageError(`Expected "${name}" in ${where} to be ${expected}.`);
    return value;
  };
  const key = {
    id: field("id", (value) => /^[\x21-\x7e]{1,128}$/.test(value), "1 to 128 visible ASCII characters"),
    displayName: field("displayName", (value) => value.length <= 256, "a text of at most 256 characters"),
    email: field("email", (value) => value.length <= 320, "a text of at most 320 characters"),
    accessKeyId: field("accessKeyId", (value) => accessKeyIdForm.pattern.test(value), accessKeyIdForm.expected),
    secretAccessKey: field(
      "secretAccessKey",
      (value) => secretAccessKeyForm.pattern.test(value),
      secretAccessKeyForm.expected,
    ),
  };
  if (!isWellKnown(key.accessKeyId) && !isWellKnown(key.secretAccessKey)) return key;
  throw new UsageError(
    `${where} has a key that other servers are shipped with, and that everybody knows. Choose another one.`,
  );
}

function reason(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
}
