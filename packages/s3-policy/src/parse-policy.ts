// The policy language: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import { parseStatement } from "./parse-statement.ts";
import type { Policy } from "./policy.ts";
import { malformed } from "./policy-error.ts";
import { readJson } from "./read-json.ts";

/** As long as a bucket policy may be, in bytes of UTF-8. */
export const maxPolicyBytes = 20 * 1024;

export interface ParsePolicyOptions {
  /**
   * The bucket that the policy is attached to: statements must have a principal, and their resources must be of this bucket.
   * Without it the policy is one of an identity: statements must not have a principal, and may name any bucket.
   */
  readonly bucket?: string;
}

/**
 * Reads a policy. What it returns can be kept and evaluated any number of times.
 *
 * Throws a {@link PolicyError} for whatever could not be enforced: broken JSON, names that stand twice, unknown members,
 * actions, operators and condition keys, resources of other buckets, `Allow` with `NotPrincipal`, a `Deny` of actions
 * that its resources do not have.
 */
export function parsePolicy(text: string, { bucket }: ParsePolicyOptions = {}): Policy {
  if (text.length > maxPolicyBytes || Buffer.byteLength(text) > maxPolicyBytes) {
    throw malformed("Policy exceeds the maximum allowed document size");
  }
  if (!text.startsWith("{")) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  const document = readJson(text);
  if (!(document instanceof Map)) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  for (const name of document.keys()) {
    if (!["Version", "Id", "Statement"].includes(name)) throw malformed(`Unknown field ${name}`);
  }
  const version = document.get("Version") ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw malformed("The policy must contain a valid version string");
  }
  const id = document.get("Id");
  if (id !== undefined && typeof id !== "string") throw malformed("Invalid policy syntax: Id");
  const entries = document.get("Statement");
  if (entries === undefined) throw malformed("Missing required field Statement");
  const list = Array.isArray(entries) ? entries : [entries];
  if (list.length === 0) throw malformed("Missing required field Statement cannot be empty!");
  const statements = list.map((entry) => parseStatement(entry, { bucket, variables: version === "2012-10-17" }));
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === "" ? [] : [sid]));
  if (new Set(sids).size !== sids.length) {
    throw malformed("Statement IDs (SID) in a single policy must be unique.");
  }
  return { version, ...(id !== undefined && { id }), statements };
}
