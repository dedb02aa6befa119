import { isIP } from "node:net";
import { malformed, type PolicyError } from "../policy-error.ts";
import { type Scope, type ScopeAccess, type ScopeTarget, scopeAccesses } from "./scope.ts";

/** Every request is compared with all of them. */
const maxSourceNetworks = 100;
/** As long as a key can be. */
const maxPrefixBytes = 1024;
const maxShownCharacters = 100;

/**
 * Reads a scope from what was stored or sent as JSON. Throws a {@link PolicyError} that names the field for anything else than a
 * whole scope: an unknown, missing or empty field would make it wider than its author meant.
 */
export function parseScope(value: unknown): Scope {
  const fields = readObject(value, { name: "scope", known: ["access", "on", "sourceNetworks"] });
  const access = readAccess(fields.get("access"));
  return {
    access,
    ...(fields.has("on") && { on: readTarget(fields.get("on")) }),
    ...(fields.has("sourceNetworks") && { sourceNetworks: readNetworks(fields.get("sourceNetworks")) }),
  };
}

type Fields = ReadonlyMap<string, unknown>;

/** Own members only, whatever the prototype has. */
function readObject(
  value: unknown,
  { name, known }: { readonly name: string; readonly known: readonly string[] },
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(name, "an object", value);
  }
  const fields = new Map(Object.entries(value));
  for (const field of fields.keys()) {
    if (!known.includes(field)) throw malformed(`Scope has an unknown field: ${shown(field)} in \`${name}\``);
  }
  return fields;
}

function readAccess(value: unknown): ScopeAccess {
  const access = scopeAccesses.find((name) => name === value);
  if (access === undefined) throw invalid("access", `one of ${scopeAccesses.join(", ")}`, value);
  return access;
}

function readTarget(value: unknown): ScopeTarget {
  const fields = readObject(value, { name: "on", known: ["project", "bucket", "prefix", "createdAt"] });
  if (fields.has("project")) {
    if (fields.size > 1) throw malformed("Invalid scope: expected `on` to have nothing beside `project`");
    return { project: readProject(fields.get("project")) };
  }
  const bucket = readBucket(fields.get("bucket"));
  return {
    bucket,
    ...(fields.has("prefix") && { prefix: readPrefix(fields.get("prefix")) }),
    ...(fields.has("createdAt") && { createdAt: readTime(fields.get("createdAt")) }),
  };
}

function readProject(value: unknown): string {
  if (typeof value === "string" && /^[\w.-]{1,128}$/.test(value)) return value;
  throw invalid("on.project", "1 to 128 letters, digits, `.`, `_` or `-`", value);
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
function readBucket(value: unknown): string {
  const isName =
    typeof value === "string" &&
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) &&
    !value.includes("..") &&
    !isIP(value);
  if (isName) return value;
  throw invalid("on.bucket", "the name of a bucket", value);
}

function readPrefix(value: unknown): string {
  // What is not well-formed has no UTF-8, so no key begins with it.
  const isPrefix =
    typeof value === "string" && value !== "" && value.isWellFormed() && Buffer.byteLength(value) <= maxPrefixBytes;
  if (isPrefix) return value;
  throw invalid("on.prefix", `a text of 1 to ${maxPrefixBytes} bytes`, value);
}

/** In the one spelling that it is compared with. */
function readTime(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/.test(value)) {
    const time = new Date(value);
    if (!Number.isNaN(time.getTime()) && time.toISOString() === value) return value;
  }
  throw invalid("on.createdAt", "a time such as 2030-01-01T00:00:00.000Z", value);
}

function readNetworks(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxSourceNetworks) {
    throw invalid("sourceNetworks", `a list of 1 to ${maxSourceNetworks} networks`, value);
  }
  return Array.from(value, (network: unknown, index) => {
    if (typeof network === "string" && isNetwork(network)) return network;
    throw invalid(`sourceNetworks[${index}]`, "an IPv4 or IPv6 address or network", network);
  });
}

/** The zone of an address (`%eth0`) is a matter of one host. */
function isNetwork(text: string): boolean {
  const [, address = "", length] = /^([\da-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && (length === undefined || Number(length) <= (version === 4 ? 32 : 128));
}

function invalid(field: string, expected: string, got: unknown): PolicyError {
  return malformed(`Invalid scope: expected \`${field}\` to be ${expected}, got ${shown(got)}`);
}

/** Strings quoted, and never more than fits in a line. */
function shown(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? `a list of ${value.length}` : "an object";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, maxShownCharacters + 1)) : String(value);
  return text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters)}…` : text;
}
