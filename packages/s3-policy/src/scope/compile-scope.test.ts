import { describe, expect, test } from "vitest";
import { actions, type S3Action } from "../actions.ts";
import { evaluatePolicy, type PolicyDecision } from "../evaluate-policy.ts";
import { parsePolicy } from "../parse-policy.ts";
import type { Requester } from "../requester.ts";
import { compileScope, writeScopePolicy } from "./compile-scope.ts";
import type { Scope } from "./scope.ts";

const ann: Requester = { kind: "user", accountId: "1", canonicalId: "canon-ann", arn: "arn:aws:iam::1:user/ann" };
const projects: Readonly<Record<string, readonly string[]>> = { shop: ["shop-images", "shop-logs"] };

type Asked = {
  readonly action: S3Action;
  /** `bucket`, `bucket/key`, or nothing: the service. */
  readonly on?: string;
  /** Of a listing. */
  readonly prefix?: string;
  readonly address?: string;
  /** When the bucket was made. */
  readonly createdAt?: string;
};

function decide(scope: Scope, { action, on, prefix, address, createdAt }: Asked): PolicyDecision {
  const policy = compileScope(scope, { bucketsOf: (project) => projects[project] ?? [] });
  const [, bucket, key] = /^([^/]+)(?:\/(.*))?$/s.exec(on ?? "") ?? [];
  const values = new Map([
    ["s3:prefix", prefix],
    ["aws:sourceip", address],
    ["aws:username", "ann"],
    ["stave:bucketcreatedat", createdAt],
  ]);
  return evaluatePolicy([policy], {
    requester: ann,
    action,
    resource: { ...(bucket !== undefined && { bucket }), ...(key !== undefined && { key }) },
    conditions: (name) => {
      const value = values.get(name);
      return value === undefined ? undefined : [value];
    },
  });
}

/** All actions of a kind that a scope allows on something. */
function allowed(scope: Scope, kind: "bucket" | "object", on: string, prefix?: string): readonly S3Action[] {
  const names = [...actions].filter(([, about]) => about === kind).map(([name]) => name);
  return names.filter((action) => {
    return decide(scope, { action, on, ...(prefix !== undefined && { prefix }) }).outcome === "allow";
  });
}

const allOf = (kind: "bucket" | "object") => [...actions].filter(([, about]) => about === kind).map(([name]) => name);
const readsOf = (kind: "bucket" | "object") => allOf(kind).filter((name) => /^s3:(Get|List)/.test(name));

describe("full", () => {
  test("allows every action on every bucket", () => {
    const scope: Scope = { access: "full" };

    expect(allowed(scope, "bucket", "photos")).toEqual(allOf("bucket"));
    expect(allowed(scope, "object", "photos/a")).toEqual(allOf("object"));
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("allow");
  });

  test("on a bucket allows every action on it and what is in it, and nothing else", () => {
    const scope: Scope = { access: "full", on: { bucket: "photos" } };

    expect(allowed(scope, "bucket", "photos")).toEqual(allOf("bucket"));
    expect(allowed(scope, "object", "photos/a")).toEqual(allOf("object"));
    expect(allowed(scope, "bucket", "photos2")).toEqual([]);
    expect(allowed(scope, "object", "photos2/a")).toEqual([]);
    expect(allowed(scope, "object", "other/photos/a")).toEqual([]);
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("none");
  });

  test("on a prefix allows every action on objects below it, to list them, and nothing that changes the bucket", () => {
    const scope: Scope = { access: "full", on: { bucket: "photos", prefix: "2026/" } };

    expect(allowed(scope, "object", "photos/2026/a")).toEqual(allOf("object"));
    expect(allowed(scope, "object", "photos/2026/")).toEqual(allOf("object"));
    expect(allowed(scope, "object", "photos/2026")).toEqual([]);
    expect(allowed(scope, "object", "photos/2025/a")).toEqual([]);
    expect(allowed(scope, "object", "photos/a/2026/a")).toEqual([]);
    expect(allowed(scope, "bucket", "photos")).toEqual(["s3:GetBucketLocation"]);
    expect(allowed(scope, "bucket", "photos", "2026/")).toEqual([
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
      "s3:ListBucketVersions",
    ]);
  });
});

describe("read-only", () => {
  test("allows to get and list everything, and to change nothing", () => {
    const scope: Scope = { access: "read-only" };

    expect(allowed(scope, "bucket", "photos")).toEqual(readsOf("bucket"));
    expect(allowed(scope, "object", "photos/a")).toEqual(readsOf("object"));
    expect(readsOf("object")).toContain("s3:GetObjectVersion");
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("allow");
  });

  test("on a bucket does not allow to list all of them", () => {
    const scope: Scope = { access: "read-only", on: { bucket: "photos" } };

    expect(allowed(scope, "bucket", "photos")).toEqual(readsOf("bucket"));
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("none");
  });

  test("on a prefix allows to get objects below it and to list them, versions included", () => {
    const scope: Scope = { access: "read-only", on: { bucket: "photos", prefix: "2026/" } };

    expect(allowed(scope, "object", "photos/2026/a")).toEqual(readsOf("object"));
    expect(allowed(scope, "object", "photos/2025/a")).toEqual([]);
    expect(allowed(scope, "bucket", "photos", "2026/")).toEqual([
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
      "s3:ListBucketVersions",
    ]);
  });
});

describe("read-write", () => {
  const onObjects = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
  ];
  const onBucket = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];

  test.each<[string, Scope]>([
    ["everywhere", { access: "read-write" }],
    ["on a bucket", { access: "read-write", on: { bucket: "photos" } }],
  ])("%s allows the five actions and multipart uploads", (_, scope) => {
    expect(allowed(scope, "object", "photos/a")).toEqual(onObjects);
    expect(allowed(scope, "bucket", "photos")).toEqual(onBucket);
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("none");
  });

  test("on a prefix allows them below it", () => {
    const scope: Scope = { access: "read-write", on: { bucket: "photos", prefix: "2026/" } };

    expect(allowed(scope, "object", "photos/2026/a")).toEqual(onObjects);
    expect(allowed(scope, "object", "photos/a")).toEqual([]);
    expect(allowed(scope, "bucket", "photos", "2026/a")).toEqual(onBucket);
    expect(allowed(scope, "bucket", "photos", "")).toEqual(["s3:GetBucketLocation"]);
  });
});

describe("on a project", () => {
  const scope: Scope = { access: "read-write", on: { project: "shop" } };

  test.each([
    ["shop-images/a", "allow"],
    ["shop-logs/a", "allow"],
    ["shop/a", "none"],
    ["shop-images2/a", "none"],
    ["other/a", "none"],
  ])("%s: %s", (on, expected) => {
    expect(decide(scope, { action: "s3:GetObject", on }).outcome).toBe(expected);
  });

  test("does not allow what is about no bucket", () => {
    expect(decide({ ...scope, access: "full" }, { action: "s3:ListAllMyBuckets" }).outcome).toBe("none");
    expect(decide({ ...scope, access: "full" }, { action: "s3:CreateBucket", on: "new-one" }).outcome).toBe("none");
  });

  test("that has no buckets allows nothing, and says so", () => {
    const empty: Scope = { access: "full", on: { project: "nothing" } };

    for (const [action] of actions) {
      expect(decide(empty, { action, on: "shop-images/a" })).toMatchObject({
        outcome: "deny",
        decidedBy: { sid: "ScopeProjectWithoutBuckets" },
      });
    }
  });

  test("takes more buckets than a policy could name", () => {
    const many = Array.from({ length: 5000 }, (_, index) => `bucket-of-a-large-project-${index}`);
    const policy = compileScope(scope, { bucketsOf: () => many });
    const outcomeOf = (bucket: string, key: string) =>
      evaluatePolicy([policy], {
        requester: ann,
        action: "s3:GetObject",
        resource: { bucket, key },
        conditions: () => undefined,
      }).outcome;

    expect(outcomeOf("bucket-of-a-large-project-4999", "a")).toBe("allow");
    expect(outcomeOf("bucket-of-a-large-project-5000", "a")).toBe("none");
    expect(outcomeOf("bucket-of-a-large-project-", "a")).toBe("none");
  });

  test("whose buckets had wildcards as names would still be those only", () => {
    const policy = compileScope(scope, { bucketsOf: () => ["*", `\${aws:username}`] });

    expect(
      evaluatePolicy([policy], {
        requester: ann,
        action: "s3:GetObject",
        resource: { bucket: "ann", key: "a" },
        conditions: () => ["ann"],
      }).outcome,
    ).toBe("none");
  });
});

describe("listing below a prefix", () => {
  const listings: readonly S3Action[] = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];
  const scope: Scope = { access: "full", on: { bucket: "photos", prefix: "2026/" } };

  test.each<[string, string | undefined, string]>([
    ["the prefix itself", "2026/", "allow"],
    ["a prefix below it", "2026/11/", "allow"],
    ["no prefix", undefined, "none"],
    ["an empty prefix", "", "none"],
    ["a shorter prefix", "2026", "none"],
    ["another prefix", "2025/", "none"],
    ["a prefix that has it elsewhere", "a2026/", "none"],
    ["a wildcard", "*", "none"],
  ])("with %s", (_, prefix, expected) => {
    for (const action of listings) {
      const asked = { action, on: "photos", ...(prefix !== undefined && { prefix }) };

      expect(decide(scope, asked).outcome).toBe(expected);
    }
  });

  test("is not listing of another bucket", () => {
    expect(decide(scope, { action: "s3:ListBucket", on: "photos2", prefix: "2026/" }).outcome).toBe("none");
  });
});

describe("a prefix is text", () => {
  test.each<[string, string, string]>([
    ["*", "*/a", "allow"],
    ["*", "a/a", "none"],
    ["a*/", "a*/b", "allow"],
    ["a*/", "ab/b", "none"],
    ["a?/", "a?/b", "allow"],
    ["a?/", "ab/b", "none"],
    [`\${aws:username}/`, `\${aws:username}/b`, "allow"],
    [`\${aws:username}/`, "ann/b", "none"],
    [`\${*}`, `\${*}b`, "allow"],
    [`\${*}`, "anything", "none"],
    ["$", "$a", "allow"],
    ["${", "${a", "allow"],
    ["}", "}", "allow"],
    ["../", "../x", "allow"],
    ["../", "x", "none"],
    ["/", "/x", "allow"],
    ["é\n😀", "é\n😀x", "allow"],
  ])("%j and the key %j: %s", (prefix, key, expected) => {
    const scope: Scope = { access: "read-write", on: { bucket: "photos", prefix } };

    expect(decide(scope, { action: "s3:GetObject", on: `photos/${key}` }).outcome).toBe(expected);
    expect(decide(scope, { action: "s3:ListBucket", on: "photos", prefix: key }).outcome).toBe(expected);
  });
});

describe("source networks", () => {
  const scope: Scope = { access: "full", sourceNetworks: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"] };

  test.each<[string | undefined, string]>([
    ["10.1.2.3", "allow"],
    ["::ffff:10.1.2.3", "allow"],
    ["192.0.2.7", "allow"],
    ["192.0.2.8", "deny"],
    ["2001:db8:1::1", "allow"],
    ["2001:db9::1", "deny"],
    ["nonsense", "deny"],
    ["", "deny"],
    [undefined, "deny"],
  ])("%s: %s", (address, expected) => {
    const asked: Asked = { action: "s3:GetObject", on: "photos/a", ...(address !== undefined && { address }) };
    const decision = decide(scope, asked);

    expect(decision.outcome).toBe(expected);
    expect(decision.decidedBy?.sid).toBe(expected === "deny" ? "ScopeSourceNetworks" : "ScopeFull");
  });

  test("also hold for what is about no bucket", () => {
    expect(decide(scope, { action: "s3:ListAllMyBuckets", address: "192.0.2.8" }).outcome).toBe("deny");
  });
});

test.each<[string, Scope, Asked, string | undefined]>([
  ["full", { access: "full" }, { action: "s3:PutBucketAcl", on: "photos" }, "ScopeFull"],
  ["read-only", { access: "read-only" }, { action: "s3:GetObject", on: "photos/a" }, "ScopeReadOnly"],
  ["read-write", { access: "read-write" }, { action: "s3:GetObject", on: "photos/a" }, "ScopeReadWrite"],
  [
    "listing",
    { access: "read-only", on: { bucket: "photos", prefix: "a" } },
    { action: "s3:ListBucket", on: "photos", prefix: "a" },
    "ScopeListing",
  ],
  [
    "the location",
    { access: "read-only", on: { bucket: "photos", prefix: "a" } },
    { action: "s3:GetBucketLocation", on: "photos" },
    "ScopeLocation",
  ],
])("the statement that allows %s has a name of its own", (_, scope, asked, sid) => {
  expect(decide(scope, asked)).toMatchObject({ outcome: "allow", decidedBy: { sid, effect: "Allow" } });
});

describe("read-objects", () => {
  test("allows three actions on a bucket and what is in it, and nothing else", () => {
    const scope: Scope = { access: "read-objects", on: { bucket: "photos" } };

    expect(allowed(scope, "bucket", "photos").toSorted()).toEqual(["s3:GetBucketLocation", "s3:ListBucket"]);
    expect(allowed(scope, "object", "photos/a")).toEqual(["s3:GetObject"]);
    expect(allowed(scope, "bucket", "other")).toEqual([]);
    expect(decide(scope, { action: "s3:ListAllMyBuckets" }).outcome).toBe("none");
  });

  test("with a prefix allows them below it", () => {
    const scope: Scope = { access: "read-objects", on: { bucket: "photos", prefix: "a/" } };

    expect(allowed(scope, "bucket", "photos", "a/b").toSorted()).toEqual(["s3:GetBucketLocation", "s3:ListBucket"]);
    expect(allowed(scope, "bucket", "photos", "b/")).toEqual(["s3:GetBucketLocation"]);
    expect(allowed(scope, "object", "photos/a/b")).toEqual(["s3:GetObject"]);
    expect(allowed(scope, "object", "photos/b")).toEqual([]);
  });
});

describe("on the bucket that was made at a moment", () => {
  const createdAt = "2030-01-01T00:00:00.000Z";
  const later = "2030-01-01T00:00:00.001Z";

  test.each<[string, Scope]>([
    ["full", { access: "full", on: { bucket: "photos", createdAt } }],
    ["read-only", { access: "read-only", on: { bucket: "photos", createdAt } }],
    ["read-write", { access: "read-write", on: { bucket: "photos", createdAt } }],
    ["with a prefix", { access: "full", on: { bucket: "photos", prefix: "a/", createdAt } }],
  ])("%s allows what it would, and on a later one of the same name nothing", (_, scope) => {
    const asked: readonly Asked[] = [
      { action: "s3:GetObject", on: "photos/a/b" },
      { action: "s3:ListBucket", on: "photos", prefix: "a/" },
      { action: "s3:GetBucketLocation", on: "photos" },
    ];

    for (const it of asked) {
      expect(decide(scope, { ...it, createdAt }).outcome).toBe("allow");
      expect(decide(scope, { ...it, createdAt: later }).outcome).toBe("none");
      expect(decide(scope, it).outcome).toBe("none");
    }
    expect(decide(scope, { action: "s3:CreateBucket", on: "photos" }).outcome).toBe("none");
  });
});

test.each<[string, Scope]>([
  ["everything", { access: "full" }],
  ["a project", { access: "read-write", on: { project: "shop" } }],
  [
    "a prefix with what looks like a variable",
    { access: "full", on: { bucket: "photos", prefix: `*\${aws:username}` } },
  ],
  ["networks", { access: "read-only", sourceNetworks: ["10.0.0.0/8"] }],
])("the text of a scope on %s says the same", (_, scope) => {
  const bucketsOf = (project: string) => projects[project] ?? [];

  expect(JSON.stringify(parsePolicy(writeScopePolicy(scope, { bucketsOf })))).toBe(
    JSON.stringify(compileScope(scope, { bucketsOf })),
  );
});
