import { expect, test } from "vitest";
import { actions } from "./actions.ts";
import { copySourceRequirements, operationRequirements, type RequestTraits, type S3Operation } from "./requirements.ts";

const names = (operation: S3Operation, traits: RequestTraits = {}) =>
  operationRequirements(operation, traits).map(({ action }) => action);

test.each<[S3Operation, RequestTraits, readonly string[]]>([
  ["GetObject", {}, ["s3:GetObject"]],
  ["HeadObject", { hasVersionId: true }, ["s3:GetObjectVersion"]],
  ["GetObjectAttributes", { hasVersionId: true }, ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]],
  ["HeadBucket", {}, ["s3:ListBucket"]],
  ["ListObjectVersions", {}, ["s3:ListBucketVersions"]],
  ["PutObject", {}, ["s3:PutObject"]],
  ["PutObject", { hasAcl: true, hasTags: true }, ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]],
  [
    "PutObject",
    { hasRetention: true, hasLegalHold: true },
    ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"],
  ],
  [
    "DeleteObject",
    { hasVersionId: true, bypassesGovernance: true },
    ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
  ],
  ["PutObject", { comparesEtag: true }, ["s3:PutObject", "s3:GetObject"]],
  ["GetObject", { comparesEtag: true }, ["s3:GetObject"]],
  ["PutObjectTagging", { hasVersionId: true }, ["s3:PutObjectVersionTagging"]],
  ["DeleteBucketCors", {}, ["s3:PutBucketCORS"]],
  ["UploadPart", { hasTags: true }, ["s3:PutObject"]],
])("%s with %j needs %j", (operation, traits, expected) => {
  expect(names(operation, traits)).toEqual(expected);
});

test("a copy needs to read its source, and the tags that come along", () => {
  const of = (hasVersionId: boolean, copiesTags: boolean) =>
    copySourceRequirements({ hasVersionId, copiesTags }).map(({ action }) => action);

  expect(of(false, false)).toEqual(["s3:GetObject"]);
  expect(of(true, true)).toEqual(["s3:GetObjectVersion", "s3:GetObjectVersionTagging"]);
});

test("each requirement says what it is about, and whose ACL counts", () => {
  expect(operationRequirements("PutObject")).toEqual([
    { action: "s3:PutObject", on: "object", acl: { of: "bucket", permission: "WRITE" } },
  ]);
  expect(operationRequirements("GetBucketPolicy")).toEqual([{ action: "s3:GetBucketPolicy", on: "bucket" }]);
  expect(actions.get("s3:ListAllMyBuckets")).toBe("service");
});
