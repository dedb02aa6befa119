import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  actions,
  compileScope,
  describeScope,
  evaluatePolicy,
  type Policy,
  PolicyError,
  parseScope,
  type S3Action,
  type Scope,
} from "../src/index.ts";

// A few hundred in every run; a long one before a release: STAVE_PROPERTY_RUNS=100000.
const options = { numRuns: Number(process.env.STAVE_PROPERTY_RUNS ?? 500) };

const buckets: Readonly<Record<string, readonly string[]>> = { one: ["aaa"], many: manyBuckets(), none: [] };
const text = fc.string({ unit: fc.constantFrom("a", "/", "*", "?", "$", "{", "}"), minLength: 1, maxLength: 4 });
const access = fc.constantFrom("full", "read-only", "read-write");
const target = fc.oneof(
  fc.record({ project: fc.constantFrom("one", "many", "none") }),
  fc.record({ bucket: fc.constantFrom("aaa", "aaab") }),
  fc.record({ bucket: fc.constantFrom("aaa", "aaab"), prefix: text }),
);
const networks = fc.subarray(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"], { minLength: 1 });
const scope: fc.Arbitrary<Scope> = fc.record(
  { access, on: target, sourceNetworks: networks },
  { requiredKeys: ["access"] },
);

const question = fc.record({
  action: fc.constantFrom(...actions.keys()),
  bucket: fc.constantFrom("aaa", "aaab", "aa", "bucket-3", "bucket-33"),
  key: text,
  prefix: fc.option(text),
  address: fc.constantFrom("10.1.1.1", "192.0.2.7", "192.0.2.8", "2001:db8::1", null),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

const compile = (it: Scope) => compileScope(parseScope(it), { bucketsOf: (project) => buckets[project] ?? [] });
const isAllowed = (it: Scope, asked: Question) => evaluate(compile(it), asked) === "allow";

function evaluate(policy: Policy, { action, bucket, key, prefix, address }: Question): string {
  const kind = actions.get(action);
  return evaluatePolicy([policy], {
    requester: { kind: "user", accountId: "1", canonicalId: "1", arn: "arn:aws:iam::1:user/a" },
    action,
    resource: { ...(kind !== "service" && { bucket }), ...(kind === "object" && { key }) },
    conditions: (name) => {
      const value = name === "s3:prefix" ? prefix : name === "aws:sourceip" ? address : "aaa";
      return value === null ? undefined : [value];
    },
  }).outcome;
}

describe("whatever the scope", () => {
  test("it allows what its rules say, and nothing else", () => {
    fc.assert(
      fc.property(scope, question, (it, asked) => {
        expect(isAllowed(it, asked)).toBe(naive(it, asked));
      }),
      { numRuns: options.numRuns * 4 },
    );
  });

  test("less access never allows more", () => {
    fc.assert(
      fc.property(scope, question, (it, asked) => {
        if (isAllowed({ ...it, access: "read-only" }, asked))
          expect(isAllowed({ ...it, access: "full" }, asked)).toBe(true);
        if (isAllowed({ ...it, access: "read-write" }, asked))
          expect(isAllowed({ ...it, access: "full" }, asked)).toBe(true);
      }),
      options,
    );
  });

  test("a place and networks never allow more", () => {
    fc.assert(
      fc.property(scope, question, (it, asked) => {
        const { on: _, ...everywhere } = it;
        const { sourceNetworks: __, ...fromAnywhere } = it;

        if (isAllowed(it, asked)) {
          expect(isAllowed(everywhere, asked)).toBe(true);
          expect(isAllowed(fromAnywhere, asked)).toBe(true);
        }
      }),
      options,
    );
  });

  test("a longer prefix never allows more", () => {
    fc.assert(
      fc.property(access, text, text, question, (it, prefix, more, asked) => {
        const scopeOf = (longer: string): Scope => ({ access: it, on: { bucket: "aaa", prefix: longer } });

        if (isAllowed(scopeOf(prefix + more), asked)) expect(isAllowed(scopeOf(prefix), asked)).toBe(true);
      }),
      options,
    );
  });
});

test("any value is a scope or a PolicyError, and nothing else", () => {
  const junk = fc.jsonValue({ maxDepth: 2 });
  const odd = fc.string({ unit: fc.constantFrom("a", "é", "*", "\n", "\u202e", "\ud800", "😀") });
  const nearly = fc.record(
    {
      access: fc.oneof(access, junk),
      on: fc.oneof(target, junk, fc.record({ bucket: fc.string(), prefix: odd })),
      sourceNetworks: fc.oneof(junk, fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()))),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(nearly, junk), (value) => {
      try {
        const read = parseScope(value);
        compileScope(read, { bucketsOf: () => [] });
        describeScope(read);
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
      }
    }),
    { numRuns: options.numRuns * 5 },
  );
});

const fiveActions: readonly S3Action[] = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:ListBucket",
  "s3:GetBucketLocation",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
  "s3:ListBucketMultipartUploads",
];
const listings: readonly S3Action[] = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];

/** The rules of scopes once more, without patterns and statements. */
function naive(
  { access: level, on, sourceNetworks }: Scope,
  { action, bucket, key, prefix, address }: Question,
): boolean {
  if (sourceNetworks !== undefined && !sourceNetworks.some((network) => isIn(network, address))) return false;
  if (level === "read-only" && !action.startsWith("s3:Get") && !action.startsWith("s3:List")) return false;
  if (level === "read-write" && !fiveActions.includes(action)) return false;
  if (on === undefined) return true;
  const kind = actions.get(action);
  if (kind === "service") return false;
  if ("project" in on) return buckets[on.project]?.includes(bucket) ?? false;
  if (on.bucket !== bucket) return false;
  if (on.prefix === undefined) return true;
  if (kind === "object") return key.startsWith(on.prefix);
  return action === "s3:GetBucketLocation" || (listings.includes(action) && prefix?.startsWith(on.prefix) === true);
}

function isIn(network: string, address: string | null): boolean {
  const start = network === "10.0.0.0/8" ? "10." : network === "2001:db8::/32" ? "2001:db8:" : network;
  return address?.startsWith(start) === true;
}

function manyBuckets(): readonly string[] {
  return Array.from({ length: 20 }, (_, index) => `bucket-${index}`);
}
