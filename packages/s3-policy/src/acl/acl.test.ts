import { describe, expect, test } from "vitest";
import type { Requester } from "../requester.ts";
import { aclGroups, type Grant, type Permission } from "./acl.ts";
import { cannedAclGrants, isCannedAcl } from "./canned-acl.ts";
import { evaluateAcl } from "./evaluate-acl.ts";

const user = (id: string): Requester => ({
  kind: "user",
  accountId: id,
  canonicalId: id,
  arn: `arn:aws:iam::${id}:user/x`,
});
const anonymous: Requester = { kind: "anonymous" };
const logging: Requester = { kind: "service", service: "logging.s3.amazonaws.com" };

const show = (grants: readonly Grant[]) =>
  grants.map(
    ({ grantee, permission }) => `${"id" in grantee ? grantee.id : grantee.uri.split("/").at(-1)} ${permission}`,
  );

describe("canned ACLs", () => {
  test.each([
    ["private", ["own FULL_CONTROL"], ["own FULL_CONTROL"]],
    ["aws-exec-read", ["own FULL_CONTROL"], ["own FULL_CONTROL"]],
    ["public-read", ["AllUsers READ", "own FULL_CONTROL"], ["AllUsers READ", "own FULL_CONTROL"]],
    [
      "public-read-write",
      ["AllUsers READ", "AllUsers WRITE", "own FULL_CONTROL"],
      ["AllUsers READ", "AllUsers WRITE", "own FULL_CONTROL"],
    ],
    [
      "authenticated-read",
      ["AuthenticatedUsers READ", "own FULL_CONTROL"],
      ["AuthenticatedUsers READ", "own FULL_CONTROL"],
    ],
    ["log-delivery-write", ["LogDelivery WRITE", "LogDelivery READ_ACP", "own FULL_CONTROL"], ["own FULL_CONTROL"]],
    ["bucket-owner-read", ["own FULL_CONTROL"], ["own FULL_CONTROL", "boss READ"]],
    ["bucket-owner-full-control", ["own FULL_CONTROL"], ["own FULL_CONTROL", "boss FULL_CONTROL"]],
  ] as const)("%s", (name, ofBucket, ofObject) => {
    expect(isCannedAcl(name)).toBe(true);
    expect(show(cannedAclGrants(name, { ownerId: "own" }))).toEqual(ofBucket);
    expect(show(cannedAclGrants(name, { ownerId: "own", bucketOwnerId: "boss" }))).toEqual(ofObject);
  });

  test("others are none", () => {
    expect([isCannedAcl("public"), isCannedAcl(""), isCannedAcl("constructor")]).toEqual([false, false, false]);
  });
});

test.each<[string, readonly Grant[], Requester, Permission, boolean]>([
  ["nothing is granted by no grant", [], user("ann"), "READ", false],
  ["the owner reads the list", [], user("own"), "READ_ACP", true],
  ["the owner changes the list", [], user("own"), "WRITE_ACP", true],
  ["the owner needs a grant for the rest", [], user("own"), "READ", false],
  ["a grant is for its grantee", [{ grantee: { id: "ann" }, permission: "READ" }], user("ann"), "READ", true],
  ["and for nobody else", [{ grantee: { id: "ann" }, permission: "READ" }], user("bob"), "READ", false],
  ["and for its permission", [{ grantee: { id: "ann" }, permission: "READ" }], user("ann"), "WRITE", false],
  [
    "full control is all of them",
    [{ grantee: { id: "ann" }, permission: "FULL_CONTROL" }],
    user("ann"),
    "WRITE_ACP",
    true,
  ],
  ["everybody is anybody", [{ grantee: { uri: aclGroups.allUsers }, permission: "READ" }], anonymous, "READ", true],
  [
    "everybody who signs is not",
    [{ grantee: { uri: aclGroups.authenticatedUsers }, permission: "READ" }],
    anonymous,
    "READ",
    false,
  ],
  [
    "everybody who signs",
    [{ grantee: { uri: aclGroups.authenticatedUsers }, permission: "READ" }],
    user("ann"),
    "READ",
    true,
  ],
  ["who delivers logs", [{ grantee: { uri: aclGroups.logDelivery }, permission: "WRITE" }], logging, "WRITE", true],
  [
    "others do not deliver logs",
    [{ grantee: { uri: aclGroups.logDelivery }, permission: "WRITE" }],
    user("ann"),
    "WRITE",
    false,
  ],
  [
    "an unknown group is nobody",
    [{ grantee: { uri: "http://example.com" }, permission: "READ" }],
    user("ann"),
    "READ",
    false,
  ],
  ["an id is not the name of a group", [{ grantee: { uri: "ann" }, permission: "READ" }], user("ann"), "READ", false],
])("%s", (_, grants, requester, permission, expected) => {
  expect(evaluateAcl({ ownerId: "own", grants }, { requester, permission }).isAllowed).toBe(expected);
});

test("public grants can be ignored, and others still count", () => {
  const grants = cannedAclGrants("public-read", { ownerId: "own" });
  const request = { requester: user("own"), permission: "READ" } as const;
  const ignored = { ignorePublic: true };

  expect(evaluateAcl({ ownerId: "own", grants }, { ...request, requester: anonymous }, ignored).isAllowed).toBe(false);
  expect(evaluateAcl({ ownerId: "own", grants }, request, ignored).grant).toEqual(grants[1]);
});
