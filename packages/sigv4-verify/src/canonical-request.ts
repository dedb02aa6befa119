// Canonical request and string to sign: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { hash } from "node:crypto";
import type { CanonicalTarget } from "./canonical-target.ts";
import { SignatureError } from "./signature-error.ts";

export interface CanonicalRequestInput {
  readonly method: string;
  readonly target: CanonicalTarget;
  readonly headers: ReadonlyMap<string, string>;
  readonly signedHeaders: ReadonlySet<string>;
  /** The last line, literally: a SHA-256 or the name of a payload mode. */
  readonly payloadHash: string;
}

export function createCanonicalRequest(input: CanonicalRequestInput): string {
  const { method, target, headers, signedHeaders, payloadHash } = input;
  let query = "";
  for (const { name, value } of target.query) {
    if (query !== "") query += "&";
    query += `${name}=${value}`;
  }
  let lines = "";
  let names = "";
  // A header that was signed but did not arrive counts as empty, so it cannot be told from one that arrived empty.
  for (const name of signedHeaders) {
    lines += `${name}:${squeezeBlanks(headers.get(name) ?? "")}\n`;
    names += names === "" ? name : `;${name}`;
  }
  return `${method}\n${target.path}\n${query}\n${lines}\n${names}\n${payloadHash}`;
}

export function createStringToSign(
  canonicalRequest: string,
  { timestamp, scope }: { timestamp: string; scope: string },
): string {
  // ASCII, which nearly all requests are, has the same bytes either way, and hashing the text itself spares a buffer for each.
  const bytes = BEYOND_ASCII.test(canonicalRequest) ? signedBytes(canonicalRequest) : canonicalRequest;
  return `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash("sha256", bytes)}`;
}

/** latin1 turns the text of `node:http` back into the bytes the client signed. */
function signedBytes(canonicalRequest: string): Buffer {
  // Other characters would lose their upper half, so that one text could pass as another.
  if (BEYOND_LATIN1.test(canonicalRequest)) {
    throw new SignatureError("InvalidArgument", "Method and headers must be given as bytes, read as latin1");
  }
  return Buffer.from(canonicalRequest, "latin1");
}

const BEYOND_ASCII = /[\u0080-\uffff]/;
const BEYOND_LATIN1 = /[\u0100-\uffff]/;

function squeezeBlanks(value: string): string {
  // A line end cannot come over HTTP: folded headers are refused by parsers. It must not end a canonical line either way.
  const isPlain = !(value.includes("  ") || value.includes("\t") || value.includes("\n") || value.includes("\r"));
  return isPlain ? value : value.replace(/[ \t\r\n]+/g, " ");
}
