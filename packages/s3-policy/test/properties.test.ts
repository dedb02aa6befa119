import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluatePolicy, PolicyError, parsePolicy, type S3Action } from "../src/index.ts";

// A few hundred in every run; a long one before a release: STAVE_PROPERTY_RUNS=100000.
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 500);
const options = { numRuns };
const bucket = "photos";

const action = fc.constantFrom<S3Action>("s3:GetObject", "s3:PutObject", "s3:DeleteObject");
const key = fc.constantFrom("a", "a/b", "b", "*", "a*");
const values = fc.subarray(["x", "y", "z"]);
const condition = fc.record({
  operator: fc.constantFrom(
    "StringEquals",
    "StringNotEquals",
    "StringLikeIfExists",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotEquals",
  ),
  wanted: fc.subarray(["x", "y", "z", "?", `\${aws:username}`], { minLength: 1 }),
});
const statement = fc
  .record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Principal: fc.constantFrom("*", { AWS: "1" }, { AWS: "2" }),
    Action: fc.oneof(action, fc.constant("s3:*")),
    Resource: fc.constantFrom("*", "a", "a*", "?/b", "b").map((pattern) => `arn:aws:s3:::${bucket}/${pattern}`),
    condition: fc.option(condition),
  })
  .map(({ condition: it, ...rest }) => ({
    ...rest,
    ...(it !== null && { Condition: { [it.operator]: { "s3:RequestObjectTagKeys": it.wanted } } }),
  }));
const statements = fc.array(statement, { minLength: 1, maxLength: 5 });
const question = fc.record({ action, key, values: fc.option(values), user: fc.boolean() });

type Question = { action: S3Action; key: string; values: readonly string[] | null; user: boolean };

function ask(list: readonly object[], { action: name, key: path, values: has, user }: Question): string {
  const policy = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: list }), { bucket });
  return evaluatePolicy([policy], {
    requester: user
      ? { kind: "user", accountId: "1", canonicalId: "1", arn: "arn:aws:iam::1:user/a" }
      : { kind: "anonymous" },
    action: name,
    resource: { bucket, key: path },
    conditions: (it) => (it === "s3:requestobjecttagkeys" ? (has ?? undefined) : undefined),
  }).outcome;
}

/** A policy of an identity, which may name any bucket. */
function askIdentity(list: readonly object[], { action: name, key: path }: Question): string {
  return evaluatePolicy([parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: list }))], {
    requester: { kind: "anonymous" },
    action: name,
    resource: { bucket, key: path },
    conditions: (it) => (it === "aws:username" ? ["a"] : undefined),
  }).outcome;
}

describe("whatever the policy", () => {
  test("taking an Allow away never grants", () => {
    fc.assert(
      fc.property(statements, question, fc.nat(), (list, asked, pick) => {
        const at = pick % list.length;
        fc.pre(list.length > 1 && list[at]?.Effect === "Allow");

        const less = list.filter((_, index) => index !== at);

        if (ask(less, asked) === "allow") expect(ask(list, asked)).toBe("allow");
      }),
      options,
    );
  });

  test("adding a Deny never grants", () => {
    fc.assert(
      fc.property(statements, statement, question, (list, extra, asked) => {
        const more = [...list, { ...extra, Effect: "Deny" }];

        if (ask(more, asked) === "allow") expect(ask(list, asked)).toBe("allow");
      }),
      options,
    );
  });

  test("many resources in one statement are as many statements with one each", () => {
    const part = fc.constantFrom(bucket, "photo", "phot?s", "p*");
    const resource = fc
      .tuple(part, fc.constantFrom("", "/*", "/a", "/a*", "/?", "*", `/\${aws:username}`))
      .map(([name, rest]) => `arn:aws:s3:::${name}${rest}`);
    const effect = fc.constantFrom("Allow", "Deny");
    fc.assert(
      fc.property(fc.array(resource, { minLength: 8, maxLength: 12 }), effect, question, (resources, Effect, asked) => {
        const rule = { Effect, Action: "s3:*" };
        const all = { Effect: "Allow", Action: "s3:*", Resource: "*" };

        const together = askIdentity([all, { ...rule, Resource: resources }], asked);

        expect(together).toBe(askIdentity([all, ...resources.map((Resource) => ({ ...rule, Resource }))], asked));
      }),
      options,
    );
  });

  test("the order of statements does not matter", () => {
    fc.assert(
      fc.property(statements, question, (list, asked) => {
        expect(ask(list.toReversed(), asked)).toBe(ask(list, asked));
      }),
      options,
    );
  });
});

test("wildcards match as a naive matcher does", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pattern, letters, (wild, text) => {
      const list = [{ Effect: "Allow", Principal: "*", Action: "*", Resource: `arn:aws:s3:::${bucket}/${wild}` }];

      const expected = naive(wild, text) ? "allow" : "none";

      expect(ask(list, { action: "s3:GetObject", key: text, values: null, user: true })).toBe(expected);
    }),
    options,
  );
});

test("a hostile pattern and key do not take long", () => {
  const list = [1, 2, 3].map((at) => ({
    Sid: String(at),
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: `arn:aws:s3:::${bucket}/${"*a".repeat(2900)}b`,
  }));
  const start = performance.now();

  expect(ask(list, { action: "s3:GetObject", key: "a".repeat(1024), values: null, user: true })).toBe("none");
  expect(performance.now() - start).toBeLessThan(1000);
});

test("security S34: any text is a policy or a PolicyError, and nothing else", () => {
  const whole = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: ["1", "arn:aws:iam::1:user/a"] },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${bucket}/\${aws:username}/*`,
        Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" }, DateLessThan: { "aws:CurrentTime": "2026-01-01" } },
      },
    ],
  });
  const mutated = fc
    .tuple(
      fc.nat(whole.length),
      fc.nat(20),
      fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('"', "{", "[", "\\", `\${`, "\u0000")),
    )
    .map(([at, length, extra]) => whole.slice(0, at) + extra + whole.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string(), fc.json()), (text) => {
      try {
        parsePolicy(text, { bucket });
      } catch (error) {
        expect(error).toBeInstanceOf(PolicyError);
      }
    }),
    { numRuns: numRuns * 5 },
  );
});

function naive(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return naive(rest, text) || (text !== "" && naive(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && naive(rest, text.slice(1));
}
