import { readFileSync } from "node:fs";
import { UsageError } from "../process/usage-error.ts";

const maxFileBytes = 1024 * 1024;
const namePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** One entry of a settings file, whose values are never shown: a secret may have landed in the wrong field. */
export interface SettingsEntry {
  /** Throws a {@link UsageError} that names file, entry and field. */
  text(field: string, isValid: (value: string) => boolean, expected: string): string;
  texts(field: string): readonly string[];
  flag(field: string, absent: boolean): boolean;
  /** What the entry is called in texts for the operator. */
  readonly where: string;
}

/** Reads a JSON array of objects that each have a `name` of their own. `kind` is what they are, for texts to the operator. */
export function readSettingsFile<T extends { readonly name: string }>(
  file: string,
  kind: string,
  { fields, parse }: { readonly fields: readonly string[]; readonly parse: (entry: SettingsEntry, name: string) => T },
): readonly T[] {
  const entries = readArray(file, kind);
  const parsed = entries.map((entry, at) => {
    const where = `${file}, entry ${at}`;
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      throw new UsageError(`Expected an object in ${where}.`);
    }
    const unknown = Object.keys(entry).find((field) => field !== "name" && !fields.includes(field));
    if (unknown !== undefined) throw new UsageError(`Unknown field in ${where}. Known are name, ${fields.join(", ")}.`);
    const reader = readEntry(entry, where);
    const name = reader.text("name", (value) => namePattern.test(value), "1 to 64 letters, digits, _ and -");
    return parse(reader, name);
  });
  if (new Set(parsed.map(({ name }) => name)).size !== parsed.length) {
    throw new UsageError(`The ${kind} ${file} has the same name twice.`);
  }
  return parsed;
}

function readArray(file: string, kind: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
    throw new UsageError(`Cannot read the ${kind} ${file}: ${reason}.`, { cause });
  }
  if (text.length > maxFileBytes) throw new UsageError(`The ${kind} ${file} is larger than ${maxFileBytes} bytes.`);
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the file, and the file holds secrets.
    throw new UsageError(`The ${kind} ${file} is not valid JSON.`);
  }
  if (!Array.isArray(entries)) throw new UsageError(`Expected the ${kind} ${file} to be a JSON array.`);
  return entries;
}

function readEntry(entry: object, where: string): SettingsEntry {
  const expected = (field: string, what: string) => new UsageError(`Expected "${field}" in ${where} to be ${what}.`);
  return {
    where,
    text(field, isValid, what) {
      const value: unknown = Reflect.get(entry, field);
      if (typeof value !== "string" || !isValid(value)) throw expected(field, what);
      return value;
    },
    texts(field) {
      const value: unknown = Reflect.get(entry, field) ?? [];
      if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
      throw expected(field, "a list of texts");
    },
    flag(field, absent) {
      const value: unknown = Reflect.get(entry, field) ?? absent;
      if (typeof value !== "boolean") throw expected(field, "true or false");
      return value;
    },
  };
}
