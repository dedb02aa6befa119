// JSON, strictly: https://www.rfc-editor.org/rfc/rfc8259
import { malformed } from "./policy-error.ts";

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A policy needs seven levels; more is an attack on the stack. */
const maxDepth = 16;

/**
 * Reads one JSON value. Unlike `JSON.parse` it refuses a name that stands twice in an object: of two `Condition` members one
 * would be ignored, and nobody could tell which.
 */
export function readJson(text: string): JsonValue {
  const reader: Reader = { text, at: 0 };
  const value = readValue(reader, 0);
  skipSpace(reader);
  if (reader.at !== text.length) throw invalid();
  return value;
}

type Reader = { readonly text: string; at: number };

function readValue(reader: Reader, depth: number): JsonValue {
  if (depth > maxDepth) throw malformed("Policy is nested too deeply");
  skipSpace(reader);
  const first = reader.text[reader.at];
  if (first === "{") return readObject(reader, depth);
  if (first === "[") return readArray(reader, depth);
  return readScalar(reader);
}

function readObject(reader: Reader, depth: number): JsonObject {
  const members = new Map<string, JsonValue>();
  reader.at += 1;
  if (takes(reader, "}")) return members;
  do {
    skipSpace(reader);
    const name = readScalar(reader);
    if (typeof name !== "string" || !takes(reader, ":")) throw invalid();
    if (members.has(name)) throw malformed(`Duplicate field ${name} in policy`);
    members.set(name, readValue(reader, depth + 1));
  } while (takes(reader, ","));
  if (!takes(reader, "}")) throw invalid();
  return members;
}

function readArray(reader: Reader, depth: number): readonly JsonValue[] {
  const values: JsonValue[] = [];
  reader.at += 1;
  if (takes(reader, "]")) return values;
  do values.push(readValue(reader, depth + 1));
  while (takes(reader, ","));
  if (!takes(reader, "]")) throw invalid();
  return values;
}

// Sticky, and without alternatives that overlap: each character is looked at once.
const scalar = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The platform's parser decodes what cannot have members. */
function readScalar(reader: Reader): string | number | boolean | null {
  scalar.lastIndex = reader.at;
  const [token] = scalar.exec(reader.text) ?? [];
  if (token === undefined) throw invalid();
  reader.at += token.length;
  try {
    return JSON.parse(token);
  } catch {
    throw invalid();
  }
}

function takes(reader: Reader, character: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== character) return false;
  reader.at += 1;
  return true;
}

function skipSpace(reader: Reader): void {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "end")) reader.at += 1;
}

function invalid() {
  return malformed("Policies must be valid JSON and the first byte must be '{'");
}
