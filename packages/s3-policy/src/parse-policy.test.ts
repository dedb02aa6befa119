import { describe, expect, test } from "vitest";
import { maxPolicyBytes, parsePolicy } from "./parse-policy.ts";

const statement = {
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::photos/*",
};

function parse(change: Record<string, unknown>, document: Record<string, unknown> = {}) {
  const whole = { ...statement, ...change };
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: [whole], ...document }), { bucket: "photos" });
}

function refusal(text: string): unknown {
  try {
    return parsePolicy(text, { bucket: "photos" });
  } catch (error) {
    return error;
  }
}

describe("a policy that S3 takes", () => {
  test.each<[string, Record<string, unknown>]>([
    ["one statement", {}],
    ["principals by ARN", { Principal: { AWS: ["arn:aws:iam::123456789012:root", "arn:aws:iam::1:user/ann"] } }],
    ["an account by its id", { Principal: { AWS: "123456789012" } }],
    [
      "canonical users, services and providers",
      { Principal: { CanonicalUser: "abc", Service: "x.com", Federated: "y" } },
    ],
    ["a Deny for all but one", { Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "123456789012" } }],
    ["wildcards in actions, in any case", { Action: ["s3:get*", "S3:PutObject", "*"] }],
    [
      "everything but",
      { Action: undefined, NotAction: "s3:GetObject", Resource: undefined, NotResource: "arn:aws:s3:::photos/a" },
    ],
    ["a resource that covers every bucket", { Resource: ["arn:aws:s3:::*", "arn:aws:s3:::*/*"] }],
    [
      "a bucket action beside an object",
      { Action: "s3:ListBucket", Resource: ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"] },
    ],
    ["an Allow that never applies", { Action: "s3:PutObject", Resource: "arn:aws:s3:::photos" }],
    ["a Sid with spaces", { Sid: "Allow everybody" }],
    [
      "conditions with numbers and booleans",
      { Condition: { NumericEquals: { "s3:max-keys": 10 }, Bool: { "aws:SecureTransport": true } } },
    ],
    ["variables", { Resource: `arn:aws:s3:::photos/\${aws:username}/\${*}/\${aws:userid, 'nobody'}` }],
    ["a tag as condition key", { Condition: { StringEquals: { "s3:ExistingObjectTag/Team": ["a", "b"] } } }],
  ])("%s", (_, change) => {
    expect(parse(change).statements).toHaveLength(1);
  });

  test.each(
    `aws:CurrentTime aws:EpochTime aws:PrincipalAccount aws:PrincipalArn aws:PrincipalType aws:Referer aws:SecureTransport
    aws:SourceAccount aws:SourceArn aws:SourceIp aws:UserAgent aws:userid aws:username s3:authType s3:delimiter
    s3:ExistingObjectTag/k s3:if-match s3:if-none-match s3:LocationConstraint s3:max-keys s3:object-lock-legal-hold
    s3:object-lock-mode s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:ObjectCreationOperation
    s3:prefix s3:RequestObjectTag/k s3:RequestObjectTagKeys s3:ResourceAccount s3:signatureAge s3:signatureversion
    s3:TlsVersion s3:VersionId s3:x-amz-acl s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control
    s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive
    s3:x-amz-object-ownership s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
    s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class
    s3:x-amz-website-redirect-location`.split(/\s+/),
  )("a condition on %s, in any case", (key) => {
    const keyOf = (name: string) => {
      const [only] = parse({ Condition: { Null: { [name]: true } } }).statements;
      return only?.conditions[0]?.key;
    };

    expect(keyOf(key)).toBe(key.toLowerCase());
    expect(keyOf(key.replace(/^.*?(?=\/|$)/, (name) => name.toUpperCase()))).toBe(key.toLowerCase());
  });

  test("a statement outside a list, without a version", () => {
    expect(parsePolicy(JSON.stringify({ Id: "x", Statement: statement }), { bucket: "photos" })).toMatchObject({
      version: "2008-10-17",
      id: "x",
    });
  });

  test("of an identity has no principal and may name any bucket", () => {
    const { Principal: _, ...rest } = statement;
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [rest, { ...rest, Resource: "*" }] });

    expect(parsePolicy(text).statements).toHaveLength(2);
    expect(() => parsePolicy(JSON.stringify({ Statement: statement }))).toThrow("must not have a Principal");
  });
});

describe("a policy that S3 refuses", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["an unknown effect", { Effect: "allow" }, "Invalid effect: allow"],
    ["no effect", { Effect: undefined }, "Missing required field Effect"],
    ["no principal", { Principal: undefined }, "Missing required field Principal"],
    ["a principal of a kind that there is not", { Principal: { Group: "x" } }, "Invalid principal in policy"],
    ["a principal with a wildcard", { Principal: { AWS: "arn:aws:iam::1:user/*" } }, "Invalid principal in policy"],
    ["a principal of another service", { Principal: { AWS: "arn:aws:sts::1:x" } }, "Invalid principal in policy"],
    [
      "an Allow for all but one",
      { Principal: undefined, NotPrincipal: "*" },
      "Allow with NotPrincipal is not allowed.",
    ],
    ["both principals", { NotPrincipal: "*" }, "Principal and NotPrincipal cannot both be present"],
    ["no action", { Action: undefined }, "Missing required field Action"],
    ["an action that there is not", { Action: "s3:GetObjekt" }, "Policy has invalid action"],
    ["an action of another service", { Action: "iam:PassRole" }, "Policy has invalid action"],
    ["no actions in the list", { Action: [] }, "Policy has invalid action"],
    ["no resource", { Resource: undefined }, "Missing required field Resource"],
    [
      "a bucket whose name begins with this one's",
      { Resource: "arn:aws:s3:::photos2/*" },
      "Policy has invalid resource",
    ],
    ["a bucket whose name this one's begins with", { Resource: "arn:aws:s3:::photo/*" }, "Policy has invalid resource"],
    ["a resource that is no ARN", { Resource: "photos/*" }, "Policy has invalid resource"],
    ["any resource at all", { Resource: "*" }, "Policy has invalid resource"],
    [
      "a Deny that would not hold",
      { Effect: "Deny", Action: "s3:PutObject", Resource: "arn:aws:s3:::photos" },
      "Action does not apply to any resource(s) in statement",
    ],
    ["a member that there is not", { Conditions: {} }, "Unknown field Conditions"],
    [
      "an operator that there is not",
      { Condition: { StringIs: { "aws:Referer": "x" } } },
      "Invalid Condition type : StringIs",
    ],
    [
      "a set prefix that there is not",
      { Condition: { "ForSome:StringLike": { "aws:Referer": "x" } } },
      "Invalid Condition type : ForSome:StringLike",
    ],
    [
      "Null with a suffix",
      { Condition: { NullIfExists: { "aws:Referer": "true" } } },
      "Invalid Condition type : NullIfExists",
    ],
    [
      "a key that there is not",
      { Condition: { StringLike: { "aws:Nonsense": "x" } } },
      "Policy has an invalid condition key: aws:Nonsense",
    ],
    [
      "a key without its tag",
      { Condition: { StringLike: { "s3:ExistingObjectTag/": "x" } } },
      "Policy has an invalid condition key: s3:ExistingObjectTag/",
    ],
    [
      "a condition without a value",
      { Condition: { StringLike: { "aws:Referer": [] } } },
      "A condition needs at least one value",
    ],
    [
      "a condition with an object",
      { Condition: { StringLike: { "aws:Referer": [{}] } } },
      "Condition values must be strings, numbers or booleans",
    ],
    [
      "a number that is none",
      { Condition: { NumericEquals: { "s3:max-keys": "ten" } } },
      "Invalid numeric value in condition: ten",
    ],
    [
      "a date that is none",
      { Condition: { DateLessThan: { "aws:CurrentTime": "soon" } } },
      "Invalid date value in condition: soon",
    ],
    [
      "a boolean that is none",
      { Condition: { Bool: { "aws:SecureTransport": "yes" } } },
      "Invalid boolean value in condition: yes",
    ],
    [
      "a network that is none",
      { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/33" } } },
      "Invalid IP address or network in condition: 10.0.0.0/33",
    ],
    ["an ARN that is none", { Condition: { ArnLike: { "aws:PrincipalArn": "ann" } } }, "Invalid ARN in condition: ann"],
    [
      "Null with two values",
      { Condition: { Null: { "aws:Referer": ["true", "false"] } } },
      "The condition operator Null takes one value, true or false",
    ],
    [
      "a variable that there is not",
      { Resource: `arn:aws:s3:::photos/\${aws:nobody}` },
      "Policy has an invalid variable: aws:nobody",
    ],
  ])("%s", (_, change, message) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ code: "MalformedPolicy", message }));
  });

  test.each<[string, string, string]>([
    ["nothing", "", "Policies must be valid JSON and the first byte must be '{'"],
    ["white space first", " {}", "Policies must be valid JSON and the first byte must be '{'"],
    ["a list", "[]", "Policies must be valid JSON and the first byte must be '{'"],
    ["half of one", '{"Statement":', "Policies must be valid JSON and the first byte must be '{'"],
    ["something after it", '{"Statement":{}}x', "Policies must be valid JSON and the first byte must be '{'"],
    ["no statement", '{"Version":"2012-10-17"}', "Missing required field Statement"],
    ["no statements", '{"Statement":[]}', "Missing required field Statement cannot be empty!"],
    [
      "a version that there is not",
      '{"Version":"2020-01-01","Statement":{}}',
      "The policy must contain a valid version string",
    ],
    ["a member that there is not", '{"Statements":{}}', "Unknown field Statements"],
    ["a member twice", '{"Id":"a","Id":"b"}', "Duplicate field Id in policy"],
    ["one nested deeply", `{"Statement":${"[".repeat(10_000)}`, "Policy is nested too deeply"],
    [
      "one that is too long",
      `{"Id":"${"x".repeat(maxPolicyBytes)}"}`,
      "Policy exceeds the maximum allowed document size",
    ],
  ])("%s", (_, text, message) => {
    expect(refusal(text)).toMatchObject({ name: "PolicyError", code: "MalformedPolicy", message });
  });

  test("a condition twice, of which one would be ignored", () => {
    const text = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::photos",
      "Condition":{"Bool":{"aws:SecureTransport":"true"}},"Condition":{}}}`;

    expect(refusal(text)).toMatchObject({ message: "Duplicate field Condition in policy" });
  });

  test("the same Sid twice", () => {
    const twice = [
      { ...statement, Sid: "a" },
      { ...statement, Sid: "a" },
    ];

    expect(() => parse({}, { Statement: twice })).toThrow("must be unique");
  });
});
