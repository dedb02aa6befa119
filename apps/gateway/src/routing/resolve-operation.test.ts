import { describe, expect, test } from "vitest";
import { parseTarget } from "../http/parse-target.ts";
import { resolveOperation } from "./resolve-operation.ts";
import { routes, subresources } from "./routes.ts";

const copy = { "x-amz-copy-source": "/b/k" };

function resolve(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const [method = "", target = ""] = line.split(" ");
  return resolveOperation({ method, target: parseTarget(target, undefined, { mounts: [], domains: [] }), headers });
}

const table: readonly (readonly [line: string, operation: string, headers?: Readonly<Record<string, string>>])[] = [
  ["GET /", "ListBuckets"],
  ["GET /?max-buckets=3&prefix=a&continuation-token=t&bucket-region=r", "ListBuckets"],
  ["GET /b", "ListObjects"],
  ["GET /b?prefix&delimiter=/&marker=m&max-keys=1&encoding-type=url", "ListObjects"],
  ["GET /b?list-type=1", "ListObjects"],
  ["GET /b?list-type=2", "ListObjectsV2"],
  ["GET /b?list-type=2&prefix&start-after=a&continuation-token=t&fetch-owner=true", "ListObjectsV2"],
  ["PUT /b", "CreateBucket"],
  ["PUT /b/", "CreateBucket"],
  ["POST /b", "PostObject"],
  ["DELETE /b", "DeleteBucket"],
  ["HEAD /b", "HeadBucket"],
  ["GET /b?location", "GetBucketLocation"],
  ["GET /b?location=", "GetBucketLocation"],
  ["GET /b?versioning", "GetBucketVersioning"],
  ["PUT /b?versioning", "PutBucketVersioning"],
  ["GET /b?versions", "ListObjectVersions"],
  ["GET /b?versions&prefix=a&key-marker=k&version-id-marker=v&max-keys=3&encoding-type=url", "ListObjectVersions"],
  ["GET /b?uploads", "ListMultipartUploads"],
  ["GET /b?uploads&key-marker=k&upload-id-marker=u&max-uploads=2", "ListMultipartUploads"],
  ["GET /b?acl", "GetBucketAcl"],
  ["PUT /b?acl", "PutBucketAcl"],
  ["POST /b?delete", "DeleteObjects"],
  ["GET /b?policy", "GetBucketPolicy"],
  ["PUT /b?policy", "PutBucketPolicy"],
  ["DELETE /b?policy", "DeleteBucketPolicy"],
  ["GET /b?policyStatus", "GetBucketPolicyStatus"],
  ["GET /b?cors", "GetBucketCors"],
  ["PUT /b?cors", "PutBucketCors"],
  ["DELETE /b?cors", "DeleteBucketCors"],
  ["GET /b?lifecycle", "GetBucketLifecycleConfiguration"],
  ["PUT /b?lifecycle", "PutBucketLifecycleConfiguration"],
  ["DELETE /b?lifecycle", "DeleteBucketLifecycle"],
  ["GET /b?tagging", "GetBucketTagging"],
  ["PUT /b?tagging", "PutBucketTagging"],
  ["DELETE /b?tagging", "DeleteBucketTagging"],
  ["GET /b?object-lock", "GetObjectLockConfiguration"],
  ["PUT /b?object-lock", "PutObjectLockConfiguration"],
  ["GET /b?ownershipControls", "GetBucketOwnershipControls"],
  ["PUT /b?ownershipControls", "PutBucketOwnershipControls"],
  ["DELETE /b?ownershipControls", "DeleteBucketOwnershipControls"],
  ["GET /b?publicAccessBlock", "GetPublicAccessBlock"],
  ["PUT /b?publicAccessBlock", "PutPublicAccessBlock"],
  ["DELETE /b?publicAccessBlock", "DeletePublicAccessBlock"],
  ["GET /b?encryption", "GetBucketEncryption"],
  ["PUT /b?encryption", "PutBucketEncryption"],
  ["DELETE /b?encryption", "DeleteBucketEncryption"],
  ["GET /b?website", "GetBucketWebsite"],
  ["PUT /b?website", "PutBucketWebsite"],
  ["DELETE /b?website", "DeleteBucketWebsite"],
  ["GET /b?replication", "GetBucketReplication"],
  ["PUT /b?replication", "PutBucketReplication"],
  ["DELETE /b?replication", "DeleteBucketReplication"],
  ["GET /b?logging", "GetBucketLogging"],
  ["PUT /b?logging", "PutBucketLogging"],
  ["GET /b?notification", "GetBucketNotificationConfiguration"],
  ["PUT /b?notification", "PutBucketNotificationConfiguration"],
  ["GET /b?requestPayment", "GetBucketRequestPayment"],
  ["PUT /b?requestPayment", "PutBucketRequestPayment"],
  ["GET /b?accelerate", "GetBucketAccelerateConfiguration"],
  ["GET /b?analytics", "ListBucketAnalyticsConfigurations"],
  ["GET /b?analytics&id=a", "GetBucketAnalyticsConfiguration"],
  ["GET /b?intelligent-tiering&continuation-token=t", "ListBucketIntelligentTieringConfigurations"],
  ["GET /b?id&intelligent-tiering", "GetBucketIntelligentTieringConfiguration"],
  ["GET /b?inventory&x-id=ListBucketInventoryConfigurations", "ListBucketInventoryConfigurations"],
  ["GET /b?inventory&id=a&x-id=GetBucketInventoryConfiguration", "GetBucketInventoryConfiguration"],
  ["GET /b?metrics", "ListBucketMetricsConfigurations"],
  ["GET /b?metrics&id=a", "GetBucketMetricsConfiguration"],
  ["GET /b/k", "GetObject"],
  ["GET /b/k?versionId=v&partNumber=2&response-content-type=text/plain", "GetObject"],
  ["HEAD /b/k", "HeadObject"],
  ["HEAD /b/k?versionId=v&partNumber=2", "HeadObject"],
  ["PUT /b/k", "PutObject"],
  ["PUT /b//", "PutObject"],
  ["PUT /b/k", "CopyObject", copy],
  ["DELETE /b/k", "DeleteObject"],
  ["DELETE /b/k?versionId=v", "DeleteObject"],
  ["GET /b/k?acl", "GetObjectAcl"],
  ["PUT /b/k?acl", "PutObjectAcl"],
  ["PUT /b/k?acl&versionId=v", "PutObjectAcl"],
  ["GET /b/k?acl&versionId=v", "GetObjectAcl"],
  ["GET /b/k?attributes", "GetObjectAttributes"],
  ["GET /b/k?attributes&versionId=1", "GetObjectAttributes"],
  ["GET /b/k?tagging&versionId=v", "GetObjectTagging"],
  ["PUT /b/k?tagging", "PutObjectTagging"],
  ["PUT /b/k?tagging&versionId=v", "PutObjectTagging"],
  ["DELETE /b/k?tagging&versionId=v", "DeleteObjectTagging"],
  ["GET /b/k?retention&versionId=v", "GetObjectRetention"],
  ["PUT /b/k?retention", "PutObjectRetention"],
  ["GET /b/k?legal-hold", "GetObjectLegalHold"],
  ["PUT /b/k?legal-hold&versionId=v", "PutObjectLegalHold"],
  ["PUT /b/k?renameObject", "RenameObject"],
  ["PUT /b/k?renameObject&x-id=RenameObject", "RenameObject"],
  ["POST /b/k?uploads", "CreateMultipartUpload"],
  ["POST /b/k?uploads=", "CreateMultipartUpload"],
  ["GET /b/k?uploadId=u&max-parts=3&part-number-marker=1", "ListParts"],
  ["PUT /b/k?partNumber=1&uploadId=u", "UploadPart"],
  ["PUT /b/k?uploadId=u&partNumber=1", "UploadPart"],
  ["PUT /b/k?partNumber=1&uploadId=u", "UploadPartCopy", copy],
  ["POST /b/k?uploadId=u", "CompleteMultipartUpload"],
  ["DELETE /b/k?uploadId=u", "AbortMultipartUpload"],
];

describe("each request of the API goes to its operation", () => {
  test.each(table.map(([line, operation, headers = {}]) => ({ line, operation, headers })))(
    "$line is $operation",
    ({ line, operation, headers }) => {
      expect(resolve(line, headers)).toBe(operation);
    },
  );

  test("the table above names every operation", () => {
    expect(new Set(table.map(([, operation]) => operation))).toEqual(new Set(routes.map(({ operation }) => operation)));
  });
});

describe("a known sub-resource without a route is NotImplemented, never the plain operation", () => {
  const targets = { service: "/", bucket: "/b", object: "/b/k" };
  const odd = new Set(["GET object uploads", "GET object versions"]);
  const cases = Object.entries(targets).flatMap(([scope, path]) =>
    ["GET", "HEAD", "PUT", "POST", "DELETE"].flatMap((method) =>
      [...subresources]
        .filter((name) => !odd.has(`${method} ${scope} ${name}`))
        .filter((name) => !hasRoute(method, scope, name))
        .map((name) => ({ method, scope, path, name })),
    ),
  );

  test.each(cases)("$method $path?$name", ({ method, path, name }) => {
    // An upload that is addressed in a way that does not exist is a wrong method on a known resource.
    const code = name === "uploadId" ? "MethodNotAllowed" : "NotImplemented";

    for (const query of [name, `${name}=`, `${name}=value`, `${name}&x-id=Other`]) {
      expect(() => resolve(`${method} ${path}?${query}`)).toThrow(expect.objectContaining({ code }));
    }
  });

  test.each(cases.filter(({ name }) => name !== "uploadId"))("$method $path?$name with a copy source", (it) => {
    expect(() => resolve(`${it.method} ${it.path}?${it.name}`, copy)).toThrow(
      expect.objectContaining({ code: "NotImplemented" }),
    );
  });

  test.each([
    ["GET /b?acl&policy"],
    ["GET /b?list-type=2&session"],
    ["PUT /b/k?partNumber=1&uploadId=u&acl"],
    ["DELETE /b/k?uploadId=u&tagging"],
    ["POST /b?delete&policy"],
  ])("also beside one that has a route: %s", (line) => {
    expect(() => resolve(line)).toThrow(expect.objectContaining({ code: "NotImplemented" }));
  });

  test("the sub-resource is named", () => {
    expect(() => resolve("PUT /b?metrics")).toThrow(
      expect.objectContaining({ elements: { ParameterName: "metrics" } }),
    );
  });
});

describe("unknown parameters", () => {
  test.each([
    ["GET /b/k?v=123", "GetObject"],
    ["HEAD /b/k?cache=buster", "HeadObject"],
    ["GET /b?foo=", "ListObjects"],
    ["GET /b/k?Acl=1", "GetObject"],
    ["GET /b/k?x-id=GetObject", "GetObject"],
    ["PUT /b/k?x-id=PutObject", "PutObject"],
    ["PUT /b/k?x-id", "PutObject"],
    ["DELETE /b/k?x-id=DeleteObject", "DeleteObject"],
    ["PUT /b/k?X-Amz-Signature=s&X-Amz-Date=d&x-amz-meta-a=b", "PutObject"],
    ["GET /b/k?X-Amz-Signature=s", "GetObject"],
    ["GET /b?prefix&delimiter=/&marker", "ListObjects"],
    ["GET /b/k?versionId", "GetObject"],
  ])("%s is %s", (line, operation) => {
    expect(resolve(line)).toBe(operation);
  });

  test.each([
    ["PUT /b/k?v=123"],
    ["PUT /b/k?versionId=v"],
    ["PUT /b/k?append"],
    ["PUT /b/k?response-content-type=text/plain"],
    ["PUT /b?prefix=a"],
    ["POST /b?delete&prefix=a"],
    ["POST /b/k?uploads&foo=1"],
    ["POST /b/k?uploadId=u&partNumber=1"],
    ["DELETE /b/k?foo=1"],
    ["DELETE /b?force=true"],
    ["DELETE /b/k?uploadId=u&versionId=v"],
    ["GET /b?foo"],
    ["GET /b/k?Acl"],
    ["HEAD /b?foo"],
    ["GET /?foo"],
    ["GET /b/k?max-keys"],
    // A presigner may have moved the header here; taken for a plain PUT it would overwrite the destination.
    ["PUT /b/k?X-Amz-Copy-Source=%2Fb%2Fother"],
    ["PUT /b/k?partNumber=1&uploadId=u&x-amz-copy-source=%2Fb%2Fother"],
  ])("%s is NotImplemented", (line) => {
    expect(() => resolve(line)).toThrow(expect.objectContaining({ code: "NotImplemented" }));
  });
});

describe("odd requests have S3's own answers", () => {
  test.each([
    ["PUT /", "MethodNotAllowed"],
    ["POST /", "MethodNotAllowed"],
    ["DELETE /", "MethodNotAllowed"],
    ["HEAD /", "MethodNotAllowed"],
    ["PATCH /b", "MethodNotAllowed"],
    ["TRACE /b/k", "MethodNotAllowed"],
    ["POST /b/k", "MethodNotAllowed"],
    ["HEAD /b/k?uploadId=u", "MethodNotAllowed"],
    ["PUT /b/k?uploadId=u", "MethodNotAllowed"],
    ["GET /b/k?uploads", "InvalidRequest"],
    ["GET /b/k?versions", "InvalidRequest"],
    ["PUT /b/k?partNumber=1", "InvalidArgument"],
  ])("%s is %s", (line, code) => {
    expect(() => resolve(line)).toThrow(expect.objectContaining({ code }));
  });

  test("a wrong method says which are right", () => {
    expect(() => resolve("PUT /")).toThrow(
      expect.objectContaining({
        headers: { allow: "GET" },
        elements: { Method: "PUT", ResourceType: "SERVICE" },
      }),
    );
  });

  test.each([["GET /b/k"], ["HEAD /b/k"], ["DELETE /b/k"], ["PUT /b"], ["POST /b/k?uploads"], ["GET /"]])(
    "a copy source on %s is InvalidArgument",
    (line) => {
      expect(() => resolve(line, copy)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    },
  );
});

function hasRoute(method: string, scope: string, name: string): boolean {
  return routes.some(
    (route) => route.method === method && route.scope === scope && "subresource" in route && route.subresource === name,
  );
}
