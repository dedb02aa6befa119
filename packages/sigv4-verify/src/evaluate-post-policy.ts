// How conditions are matched: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
import type { ContentLengthRange, PostCondition, PostPolicy } from "./parse-post-policy.ts";
import { PostFormError } from "./post-form-error.ts";

/** What a policy is held against. */
export type PostPolicySubject = {
  /** The bucket of the URL: the one that is written to. */
  readonly bucket: string;
  /** By lower-case name, `${filename}` in the key already replaced. */
  readonly fields: ReadonlyMap<string, string>;
  /** The size of the file, if it is known. If not, hold the body against the returned range while it streams. */
  readonly contentLength?: number | undefined;
  readonly now: Date;
};

/**
 * Holds a form against its policy: expiry, every condition, and that every field is covered by one. Returns the sizes the file may
 * have, `undefined` if the policy sets none. Throws a {@link PostFormError}: `AccessDenied`, `EntityTooSmall`, `EntityTooLarge`.
 */
export function evaluatePostPolicy(policy: PostPolicy, subject: PostPolicySubject): ContentLengthRange | undefined {
  if (subject.now >= policy.expiresAt) throw denied("Policy expired.");
  const covered = new Set<string>();
  let hasBucket = false;
  let range: ContentLengthRange | undefined;
  for (const condition of policy.conditions) {
    if (condition.kind === "content-length-range") {
      range = intersect(range, condition);
      continue;
    }
    if (!isMet(condition, subject)) throw denied(`Policy Condition failed: ${describe(condition)}`);
    covered.add(condition.field);
    // A prefix would let a form that was made for one bucket into its neighbours.
    if (condition.field === "bucket" && condition.kind === "eq") hasBucket = true;
  }
  const extra = [...subject.fields.keys()].filter((name) => !(covered.has(name) || isExempt(name)));
  if (!hasBucket && !extra.includes("bucket")) extra.unshift("bucket");
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(", ")}`);
  checkContentLength(range, subject.contentLength);
  return range;
}

type FieldCondition = Extract<PostCondition, { readonly field: string }>;

function isMet({ kind, field, value }: FieldCondition, { bucket, fields }: PostPolicySubject): boolean {
  const actual = field === "bucket" ? bucket : fields.get(field);
  if (actual === undefined) return false;
  if (kind === "eq") return actual === value;
  if (field !== "content-type") return actual.startsWith(value);
  return actual.split(",").every((type) => type.trimStart().startsWith(value));
}

function isExempt(name: string): boolean {
  return exempt.has(name) || name.startsWith("x-ignore-");
}

/** The claim itself, of either version, and the file. */
const exempt = new Set(["awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"]);

function intersect(range: ContentLengthRange | undefined, { minBytes, maxBytes }: ContentLengthRange) {
  return {
    minBytes: Math.max(range?.minBytes ?? 0, minBytes),
    maxBytes: Math.min(range?.maxBytes ?? maxBytes, maxBytes),
  };
}

function checkContentLength(range: ContentLengthRange | undefined, contentLength: number | undefined): void {
  if (range === undefined || contentLength === undefined) return;
  const ProposedSize = String(contentLength);
  if (contentLength < range.minBytes) {
    throw new PostFormError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      details: { ProposedSize, MinSizeAllowed: String(range.minBytes) },
    });
  }
  if (contentLength > range.maxBytes) {
    throw new PostFormError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
      details: { ProposedSize, MaxSizeAllowed: String(range.maxBytes) },
    });
  }
}

function describe({ kind, field, value }: FieldCondition): string {
  return `[${[kind, `$${field}`, value].map((part) => JSON.stringify(part)).join(", ")}]`;
}

function denied(reason: string): PostFormError {
  return new PostFormError("AccessDenied", `Invalid according to Policy: ${reason}`);
}
