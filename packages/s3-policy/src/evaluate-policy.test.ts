import { describe, expect, test } from "vitest";
import type { S3Action } from "./actions.ts";
import { evaluatePolicy, type PolicyDecision } from "./evaluate-policy.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { Requester } from "./requester.ts";

const ann: Requester = { kind: "user", accountId: "1", canonicalId: "canon-ann", arn: "arn:aws:iam::1:user/ann" };
const bob: Requester = { kind: "user", accountId: "2", canonicalId: "canon-bob", arn: "arn:aws:iam::2:user/bob" };
const anonymous: Requester = { kind: "anonymous" };
const logging: Requester = { kind: "service", service: "logging.s3.amazonaws.com" };

const allow = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/*" };

type Asked = {
  readonly requester?: Requester;
  readonly action?: S3Action;
  readonly key?: string | undefined;
  readonly values?: Readonly<Record<string, readonly string[]>>;
};

function evaluate(statements: readonly object[], asked: Asked = {}, version = "2012-10-17"): PolicyDecision {
  const policy = parsePolicy(JSON.stringify({ Version: version, Statement: statements }), { bucket: "photos" });
  const { requester = ann, action = "s3:GetObject", values = {} } = asked;
  const key = "key" in asked ? asked.key : "a/b.jpg";
  return evaluatePolicy([policy], {
    requester,
    action,
    resource: { bucket: "photos", ...(key !== undefined && { key }) },
    conditions: (name) => values[name],
  });
}

const outcome = (...call: Parameters<typeof evaluate>) => evaluate(...call).outcome;

describe("the effect", () => {
  test("without a statement that applies nothing is said", () => {
    expect(outcome([{ ...allow, Action: "s3:PutObject" }])).toBe("none");
  });

  test("a Deny wins wherever it stands", () => {
    const deny = { ...allow, Effect: "Deny" };

    expect(outcome([allow, deny])).toBe("deny");
    expect(outcome([deny, allow])).toBe("deny");
  });

  test("security S9: a Deny of a secondary action wins over an Allow of everything", () => {
    const all = { ...allow, Action: "*" };
    const deny = { ...allow, Effect: "Deny", Action: "s3:BypassGovernanceRetention" };

    expect(outcome([all, deny], { action: "s3:BypassGovernanceRetention" })).toBe("deny");
    expect(outcome([all, deny], { action: "s3:DeleteObjectVersion" })).toBe("allow");
  });

  test("of several policies a Deny in any wins", () => {
    const parse = (effect: string) =>
      parsePolicy(JSON.stringify({ Statement: { ...allow, Effect: effect } }), { bucket: "photos" });
    const request = {
      requester: ann,
      action: "s3:GetObject",
      resource: { bucket: "photos", key: "k" },
      conditions: () => undefined,
    } as const;

    expect(evaluatePolicy([parse("Allow"), parse("Deny")], request)).toMatchObject({
      outcome: "deny",
      decidedBy: { policy: 1, statement: 0 },
    });
    expect(evaluatePolicy([], request)).toEqual({ outcome: "none", statements: [] });
  });
});

describe("the reason", () => {
  test("names the statement that decided, and what did not fit of each other one", () => {
    const decision = evaluate([
      { ...allow, Sid: "other-action", Action: "s3:PutObject" },
      { ...allow, Sid: "other-key", Resource: "arn:aws:s3:::photos/c/*" },
      { ...allow, Sid: "other-user", Principal: { AWS: "2" } },
      { ...allow, Sid: "other-time", Condition: { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } } },
      { ...allow, Sid: "this" },
      { ...allow, Effect: "Deny", Action: undefined, NotAction: "s3:Get*", Sid: "but-reading" },
      { ...allow, Resource: undefined, NotResource: "arn:aws:s3:::photos/a/*" },
      { ...allow, Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "1" } },
    ]);

    expect(decision).toMatchObject({ outcome: "allow", decidedBy: { statement: 4, sid: "this", effect: "Allow" } });
    expect(decision.statements.map(({ applies, mismatch }) => mismatch ?? applies)).toEqual([
      { element: "Action" },
      { element: "Resource" },
      { element: "Principal" },
      { element: "Condition", operator: "DateLessThan", key: "aws:currenttime" },
      true,
      { element: "NotAction" },
      { element: "NotResource" },
      { element: "NotPrincipal" },
    ]);
  });
});

describe("principals", () => {
  test.each<[string, object, Requester, string]>([
    ["everybody is anybody", { Principal: "*" }, anonymous, "allow"],
    ["everybody of AWS, too", { Principal: { AWS: "*" } }, anonymous, "allow"],
    ["an account is its users", { Principal: { AWS: "1" } }, ann, "allow"],
    ["its root, too", { Principal: { AWS: "arn:aws:iam::1:root" } }, ann, "allow"],
    ["another account is not", { Principal: { AWS: "arn:aws:iam::11:root" } }, ann, "none"],
    ["a user by ARN", { Principal: { AWS: "arn:aws:iam::1:user/ann" } }, ann, "allow"],
    ["another user by ARN", { Principal: { AWS: "arn:aws:iam::1:user/an" } }, ann, "none"],
    ["a user by canonical id", { Principal: { CanonicalUser: "canon-ann" } }, ann, "allow"],
    ["another one by canonical id", { Principal: { CanonicalUser: "canon-ann" } }, bob, "none"],
    ["one of several", { Principal: { AWS: ["9", "2"] } }, bob, "allow"],
    ["a service", { Principal: { Service: "logging.s3.amazonaws.com" } }, logging, "allow"],
    ["a user is no service", { Principal: { Service: "logging.s3.amazonaws.com" } }, ann, "none"],
    ["nobody signs as a provider", { Principal: { Federated: "arn:aws:iam::1:user/ann" } }, ann, "none"],
    ["anonymous is no account", { Principal: { AWS: "1" } }, anonymous, "none"],
  ])("%s", (_, element, requester, expected) => {
    expect(outcome([{ ...allow, ...element }], { requester })).toBe(expected);
  });

  test("NotPrincipal is everybody but", () => {
    const statement = { ...allow, Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "1" } };

    expect(outcome([statement], { requester: ann })).toBe("none");
    expect(outcome([statement], { requester: bob })).toBe("deny");
    expect(outcome([statement], { requester: anonymous })).toBe("deny");
  });
});

describe("actions and resources", () => {
  test.each<[string, object, Asked, string]>([
    ["an action in another case", { Action: "S3:GETOBJECT" }, {}, "allow"],
    ["an action with wildcards", { Action: "s3:Get?bject" }, {}, "allow"],
    [
      "security S18: reading a version is another action",
      { Action: "s3:GetObject" },
      { action: "s3:GetObjectVersion" },
      "none",
    ],
    ["a wildcard crosses slashes", { Resource: "arn:aws:s3:::photos/a*jpg" }, {}, "allow"],
    ["a question mark is one character", { Resource: "arn:aws:s3:::photos/a?b.jpg" }, {}, "allow"],
    ["a question mark is one character of any size", { Resource: "arn:aws:s3:::photos/?" }, { key: "😀" }, "allow"],
    ["an object is not its bucket", { Resource: "arn:aws:s3:::photos", Action: "*" }, {}, "none"],
    ["a bucket is not its objects", { Action: "*" }, { action: "s3:ListBucket", key: undefined }, "none"],
    ["keys are compared as they are", { Resource: "arn:aws:s3:::photos/%61/b.jpg" }, {}, "none"],
    ["keys have their own case", { Resource: "arn:aws:s3:::photos/A/*" }, {}, "none"],
    ["everything but another action", { Action: undefined, NotAction: "s3:PutObject" }, {}, "allow"],
    ["everything but other keys", { Resource: undefined, NotResource: "arn:aws:s3:::photos/c/*" }, {}, "allow"],
    ["everything but this key", { Resource: undefined, NotResource: "arn:aws:s3:::photos/a/*" }, {}, "none"],
  ])("%s", (_, element, asked, expected) => {
    expect(outcome([{ ...allow, ...element }], asked)).toBe(expected);
  });
});

describe("variables", () => {
  const home = { ...allow, Resource: `arn:aws:s3:::photos/\${aws:username}/*` };

  test.each<[string, object, Asked, string]>([
    ["stand for what the request has", home, { key: "ann/x", values: { "aws:username": ["ann"] } }, "allow"],
    ["match nothing else", home, { key: "bob/x", values: { "aws:username": ["ann"] } }, "none"],
    ["are taken literally", home, { key: "bob/x", values: { "aws:username": ["*"] } }, "none"],
    ["without a value match nothing", home, { key: "/x" }, "none"],
    [
      "have defaults",
      { ...allow, Resource: `arn:aws:s3:::photos/\${aws:username, 'guest'}/*` },
      { key: "guest/x" },
      "allow",
    ],
    ["escape wildcards", { ...allow, Resource: `arn:aws:s3:::photos/\${*}` }, { key: "x" }, "none"],
    ["escaped, a wildcard is itself", { ...allow, Resource: `arn:aws:s3:::photos/\${*}` }, { key: "*" }, "allow"],
    [
      "in conditions, too",
      { ...allow, Condition: { StringEquals: { "s3:prefix": `\${aws:username}` } } },
      { values: { "aws:username": ["ann"], "s3:prefix": ["ann"] } },
      "allow",
    ],
  ])("%s", (_, statement, asked, expected) => {
    expect(outcome([statement], asked)).toBe(expected);
  });

  test("are plain text in policies of 2008", () => {
    expect(outcome([home], { key: `\${aws:username}/x`, values: { "aws:username": ["ann"] } }, "2008-10-17")).toBe(
      "allow",
    );
  });

  test("without a value make no Allow apply by being something else", () => {
    const notHome = { ...allow, Resource: undefined, NotResource: home.Resource };
    const notName = { ...allow, Condition: { StringNotEquals: { "s3:prefix": `\${aws:username}` } } };

    expect(outcome([notHome], { requester: anonymous })).toBe("none");
    expect(outcome([{ ...notHome, Effect: "Deny" }], { requester: anonymous })).toBe("deny");
    expect(outcome([notName], { values: { "s3:prefix": ["x"] } })).toBe("none");
    expect(outcome([{ ...notName, Effect: "Deny" }], { values: { "s3:prefix": ["x"] } })).toBe("deny");
  });
});
