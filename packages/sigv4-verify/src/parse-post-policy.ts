// POST policies: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
import { PostFormError } from "./post-form-error.ts";

/** What a form may hold. Field names are in lower case. */
export type PostCondition =
  | { readonly kind: "eq" | "starts-with"; readonly field: string; readonly value: string }
  | ({ readonly kind: "content-length-range" } & ContentLengthRange);

/** The sizes a file may have, both ends included. */
export type ContentLengthRange = { readonly minBytes: number; readonly maxBytes: number };

/** A policy document, read. */
export type PostPolicy = { readonly expiresAt: Date; readonly conditions: readonly PostCondition[] };

/**
 * Reads the `policy` field of a form: base64 of a JSON document. Throws a {@link PostFormError} with `InvalidPolicyDocument`
 * for anything but a complete policy, also for conditions that nobody knows.
 */
export function parsePostPolicy(base64: string): PostPolicy {
  const { expiration, conditions } = readDocument(base64);
  if (expiration === undefined) throw invalid("Policy missing expiration.");
  if (conditions === undefined) throw invalid("Policy missing conditions.");
  const expiresAt = readExpiration(expiration);
  if (!Array.isArray(conditions)) throw invalid("Policy conditions must be a list.");
  return { expiresAt, conditions: conditions.map(parseCondition) };
}

// As much as all fields of a form may have together.
const MAX_POLICY_BYTES = 20_480;

function readDocument(base64: string): Readonly<Record<string, unknown>> {
  if (base64.length > MAX_POLICY_BYTES) throw invalid(`Policy is longer than ${MAX_POLICY_BYTES} bytes.`);
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw invalid("Invalid Base64.");
  let document: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, "base64"));
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid("Invalid JSON.", cause);
  }
  if (!isObject(document)) throw invalid("Policy must be a JSON object.");
  return document;
}

function readExpiration(value: unknown): Date {
  // The one form of ISO 8601 that S3 takes: `Date` itself would read nearly anything.
  const isIso = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value);
  const time = isIso ? new Date(value) : undefined;
  // `Date` carries 30 February over into March.
  const isReal = time !== undefined && !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === head(value);
  if (time === undefined || !isReal) throw invalid(`Invalid 'expiration' value: ${quote(value)}`);
  return time;
}

function head(value: unknown): string {
  return String(value).slice(0, 19);
}

function parseCondition(condition: unknown): PostCondition {
  if (Array.isArray(condition)) return parseListCondition(condition);
  if (!isObject(condition)) throw invalid(`Invalid Condition: ${quote(condition)}`);
  const entries = Object.entries(condition);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
  }
  const [field, value] = entry;
  if (typeof value !== "string") throw invalid(`Invalid Simple-Condition: value must be a string, got ${quote(value)}`);
  return { kind: "eq", field: field.toLowerCase(), value };
}

function parseListCondition(condition: readonly unknown[]): PostCondition {
  const [operator, left, right] = condition;
  if (typeof operator !== "string" || condition.length !== 3) throw invalid(`Invalid Condition: ${quote(condition)}`);
  const kind = operator.toLowerCase();
  switch (kind) {
    case "eq":
    case "starts-with":
      if (typeof left !== "string" || typeof right !== "string" || !/^\$./.test(left)) {
        throw invalid(`Invalid ${kind} condition: ${quote(condition)}`);
      }
      return { kind, field: left.slice(1).toLowerCase(), value: right };
    case "content-length-range": {
      const [minBytes, maxBytes] = [readSize(left), readSize(right)];
      if (!(minBytes <= maxBytes)) throw invalid(`Invalid content-length-range: ${quote(condition)}`);
      return { kind, minBytes, maxBytes };
    }
    default:
      throw invalid(`Unknown operation: ${quote(operator)}`);
  }
}

// Some form makers write the bounds as strings.
function readSize(value: unknown): number {
  const size = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : Number.NaN;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Short, and not deeper than a condition goes: an unreadable policy is no reason for a long answer.
function quote(value: unknown): string {
  return Array.isArray(value) ? `[${value.slice(0, 4).map(quoteScalar).join(", ")}]` : quoteScalar(value);
}

function quoteScalar(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  return typeof value === "object" && value !== null ? "{...}" : String(value);
}

function invalid(reason: string, cause?: unknown): PostFormError {
  return new PostFormError("InvalidPolicyDocument", `Invalid Policy: ${reason}`, { cause });
}
