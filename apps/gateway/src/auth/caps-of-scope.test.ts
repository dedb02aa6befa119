import { evaluatePolicy } from "@stave/s3-policy";
import { describe, expect, test } from "vitest";
import { capsOfScope } from "./caps-of-scope.ts";

const projects = { bucketsOf: async (id: string) => (id === "shop" ? ["images"] : []) };

async function decide(stored: unknown, bucket: string) {
  const caps = await capsOfScope(stored, projects);
  return evaluatePolicy(caps, {
    requester: { kind: "user", accountId: "1", canonicalId: "1", arn: "arn:aws:iam::1:user/ann" },
    action: "s3:GetObject",
    resource: { bucket, key: "a" },
    conditions: () => undefined,
  });
}

test("a key without a scope has no limits", async () => {
  expect(await capsOfScope(undefined, projects)).toEqual([]);
});

test("the buckets of a project are those that it has", async () => {
  const stored = { access: "read-only", on: { project: "shop" } };

  expect((await decide(stored, "images")).outcome).toBe("allow");
  expect((await decide(stored, "other")).outcome).toBe("none");
});

describe("security S26: what cannot be read as a scope allows nothing, and says so:", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["a text", "full"],
    ["an empty object", {}],
    ["a scope of another version", { access: "full", until: "2030-01-01" }],
    ["a broken bucket", { access: "full", on: { bucket: "*" } }],
  ])("%s", async (_, stored) => {
    expect(await decide(stored, "images")).toMatchObject({ outcome: "deny", decidedBy: { sid: "ScopeUnreadable" } });
  });
});
