import { describe, expect, test } from "vitest";
import { isPublicPolicy } from "./is-public-policy.ts";
import { parsePolicy } from "./parse-policy.ts";
import { blocksAcl, blocksPolicy, noPublicAccessBlock, restrictsRequester } from "./public-access-block.ts";

const allow = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/*" };

function parse(change: object) {
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: { ...allow, ...change } }), {
    bucket: "photos",
  });
}

test.each<[string, object, boolean]>([
  ["an Allow for everybody", {}, true],
  ["an Allow for everybody of AWS", { Principal: { AWS: "*" } }, true],
  ["an Allow for everybody and one", { Principal: { AWS: ["1", "*"] } }, true],
  ["an Allow for an account", { Principal: { AWS: "1" } }, false],
  ["a Deny for everybody", { Effect: "Deny" }, false],
  ["a network", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/32" } } }, false],
  ["half of all networks", { Condition: { IpAddress: { "aws:SourceIp": "0.0.0.0/1" } } }, true],
  ["one small and one wide network", { Condition: { IpAddress: { "aws:SourceIp": ["10.0.0.1", "::/1"] } } }, true],
  ["all but a network", { Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/32" } } }, true],
  ["a network, if there is one", { Condition: { IpAddressIfExists: { "aws:SourceIp": "10.0.0.0/32" } } }, true],
  ["a user", { Condition: { StringEquals: { "aws:username": "ann" } } }, false],
  ["users by wildcard", { Condition: { StringLike: { "aws:username": "*" } } }, true],
  ["all but a user", { Condition: { StringNotEquals: { "aws:username": "ann" } } }, true],
  ["what a client says of itself", { Condition: { StringEquals: { "aws:Referer": "http://example.com" } } }, true],
  ["an ARN", { Condition: { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::1:user/ann" } } }, false],
])("%s: %j is public: %s", (_, change, expected) => {
  expect(isPublicPolicy(parse(change))).toBe(expected);
});

describe("a public access block", () => {
  const everybody = {
    grantee: { uri: "http://acs.amazonaws.com/groups/global/AllUsers" },
    permission: "READ",
  } as const;
  const ann = { grantee: { id: "ann" }, permission: "READ" } as const;

  test("that is off blocks nothing", () => {
    expect(blocksAcl(noPublicAccessBlock, [everybody])).toBe(false);
    expect(blocksPolicy(noPublicAccessBlock, parse({}))).toBe(false);
  });

  test("blocks public ACLs and policies, and no others", () => {
    const block = { ...noPublicAccessBlock, blockPublicAcls: true, blockPublicPolicy: true };

    expect([blocksAcl(block, [ann, everybody]), blocksAcl(block, [ann])]).toEqual([true, false]);
    expect([blocksPolicy(block, parse({})), blocksPolicy(block, parse({ Principal: { AWS: "1" } }))]).toEqual([
      true,
      false,
    ]);
  });

  test("restricts a public bucket to its owner's account and services", () => {
    const block = { ...noPublicAccessBlock, restrictPublicBuckets: true };
    const user = (accountId: string) => ({ kind: "user", accountId, canonicalId: accountId, arn: "" }) as const;
    const restricts = (policy: object, requester: Parameters<typeof restrictsRequester>[1]["requester"]) =>
      restrictsRequester(block, { policy: parse(policy), requester, ownerAccountId: "1" });

    expect(restricts({}, { kind: "anonymous" })).toBe(true);
    expect(restricts({}, user("2"))).toBe(true);
    expect(restricts({}, user("1"))).toBe(false);
    expect(restricts({}, { kind: "service", service: "logging.s3.amazonaws.com" })).toBe(false);
    expect(restricts({ Principal: { AWS: "2" } }, user("2"))).toBe(false);
  });
});
