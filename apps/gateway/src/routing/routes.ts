// Operations of the S3 API: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

export type Scope = "service" | "bucket" | "object";

export type Route = {
  readonly operation: OperationName;
  readonly scope: Scope;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The query parameter that selects the operation; a route without one is the plain request. */
  readonly subresource?: string;
  /** Selects by value: `list-type=2`. */
  readonly value?: string;
  /** Selects by the presence of one of `parameters` beside the sub-resource. */
  readonly requires?: string;
  /** Selects by a header's presence. */
  readonly header?: string;
  /** Other query parameters that belong to the operation. */
  readonly parameters?: readonly string[];
};

const listing = ["prefix", "delimiter", "encoding-type"];
const overrides = [
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
];

/** First match wins, so a route with more conditions stands before the one it narrows. */
export const routes = [
  {
    operation: "ListBuckets",
    scope: "service",
    method: "GET",
    parameters: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
  },

  { operation: "GetBucketLocation", scope: "bucket", method: "GET", subresource: "location" },
  { operation: "GetBucketVersioning", scope: "bucket", method: "GET", subresource: "versioning" },
  { operation: "PutBucketVersioning", scope: "bucket", method: "PUT", subresource: "versioning" },
  { operation: "GetBucketAcl", scope: "bucket", method: "GET", subresource: "acl" },
  { operation: "GetBucketCors", scope: "bucket", method: "GET", subresource: "cors" },
  { operation: "PutBucketCors", scope: "bucket", method: "PUT", subresource: "cors" },
  { operation: "DeleteBucketCors", scope: "bucket", method: "DELETE", subresource: "cors" },
  { operation: "GetBucketLogging", scope: "bucket", method: "GET", subresource: "logging" },
  { operation: "PutBucketLogging", scope: "bucket", method: "PUT", subresource: "logging" },
  { operation: "GetBucketRequestPayment", scope: "bucket", method: "GET", subresource: "requestPayment" },
  { operation: "PutBucketRequestPayment", scope: "bucket", method: "PUT", subresource: "requestPayment" },
  { operation: "PutBucketAcl", scope: "bucket", method: "PUT", subresource: "acl" },
  { operation: "GetBucketPolicy", scope: "bucket", method: "GET", subresource: "policy" },
  { operation: "PutBucketPolicy", scope: "bucket", method: "PUT", subresource: "policy" },
  { operation: "DeleteBucketPolicy", scope: "bucket", method: "DELETE", subresource: "policy" },
  { operation: "GetBucketPolicyStatus", scope: "bucket", method: "GET", subresource: "policyStatus" },
  { operation: "GetBucketOwnershipControls", scope: "bucket", method: "GET", subresource: "ownershipControls" },
  { operation: "PutBucketOwnershipControls", scope: "bucket", method: "PUT", subresource: "ownershipControls" },
  { operation: "DeleteBucketOwnershipControls", scope: "bucket", method: "DELETE", subresource: "ownershipControls" },
  { operation: "GetPublicAccessBlock", scope: "bucket", method: "GET", subresource: "publicAccessBlock" },
  { operation: "PutPublicAccessBlock", scope: "bucket", method: "PUT", subresource: "publicAccessBlock" },
  { operation: "DeletePublicAccessBlock", scope: "bucket", method: "DELETE", subresource: "publicAccessBlock" },
  { operation: "GetBucketEncryption", scope: "bucket", method: "GET", subresource: "encryption" },
  { operation: "PutBucketEncryption", scope: "bucket", method: "PUT", subresource: "encryption" },
  { operation: "DeleteBucketEncryption", scope: "bucket", method: "DELETE", subresource: "encryption" },
  { operation: "GetBucketLifecycleConfiguration", scope: "bucket", method: "GET", subresource: "lifecycle" },
  { operation: "PutBucketLifecycleConfiguration", scope: "bucket", method: "PUT", subresource: "lifecycle" },
  { operation: "DeleteBucketLifecycle", scope: "bucket", method: "DELETE", subresource: "lifecycle" },
  { operation: "GetBucketTagging", scope: "bucket", method: "GET", subresource: "tagging" },
  { operation: "PutBucketTagging", scope: "bucket", method: "PUT", subresource: "tagging" },
  { operation: "DeleteBucketTagging", scope: "bucket", method: "DELETE", subresource: "tagging" },
  { operation: "GetBucketNotificationConfiguration", scope: "bucket", method: "GET", subresource: "notification" },
  { operation: "PutBucketNotificationConfiguration", scope: "bucket", method: "PUT", subresource: "notification" },
  { operation: "GetBucketReplication", scope: "bucket", method: "GET", subresource: "replication" },
  { operation: "PutBucketReplication", scope: "bucket", method: "PUT", subresource: "replication" },
  { operation: "DeleteBucketReplication", scope: "bucket", method: "DELETE", subresource: "replication" },
  { operation: "GetBucketWebsite", scope: "bucket", method: "GET", subresource: "website" },
  { operation: "PutBucketWebsite", scope: "bucket", method: "PUT", subresource: "website" },
  { operation: "DeleteBucketWebsite", scope: "bucket", method: "DELETE", subresource: "website" },
  { operation: "GetObjectLockConfiguration", scope: "bucket", method: "GET", subresource: "object-lock" },
  { operation: "PutObjectLockConfiguration", scope: "bucket", method: "PUT", subresource: "object-lock" },
  {
    operation: "ListObjectVersions",
    scope: "bucket",
    method: "GET",
    subresource: "versions",
    parameters: [...listing, "key-marker", "version-id-marker", "max-keys"],
  },
  {
    operation: "ListMultipartUploads",
    scope: "bucket",
    method: "GET",
    subresource: "uploads",
    parameters: [...listing, "key-marker", "upload-id-marker", "max-uploads"],
  },
  { operation: "DeleteObjects", scope: "bucket", method: "POST", subresource: "delete" },
  {
    operation: "ListObjectsV2",
    scope: "bucket",
    method: "GET",
    subresource: "list-type",
    value: "2",
    parameters: [...listing, "max-keys", "start-after", "continuation-token", "fetch-owner"],
  },
  { operation: "ListObjects", scope: "bucket", method: "GET", parameters: [...listing, "marker", "max-keys"] },
  { operation: "HeadBucket", scope: "bucket", method: "HEAD" },
  { operation: "PostObject", scope: "bucket", method: "POST" },
  { operation: "CreateBucket", scope: "bucket", method: "PUT" },
  { operation: "DeleteBucket", scope: "bucket", method: "DELETE" },

  { operation: "PutObjectAcl", scope: "object", method: "PUT", subresource: "acl", parameters: ["versionId"] },

  {
    operation: "GetBucketAnalyticsConfiguration",
    scope: "bucket",
    method: "GET",
    subresource: "analytics",
    requires: "id",
    parameters: ["id"],
  },
  {
    operation: "ListBucketAnalyticsConfigurations",
    scope: "bucket",
    method: "GET",
    subresource: "analytics",
    parameters: ["continuation-token"],
  },
  {
    operation: "GetBucketIntelligentTieringConfiguration",
    scope: "bucket",
    method: "GET",
    subresource: "intelligent-tiering",
    requires: "id",
    parameters: ["id"],
  },
  {
    operation: "ListBucketIntelligentTieringConfigurations",
    scope: "bucket",
    method: "GET",
    subresource: "intelligent-tiering",
    parameters: ["continuation-token"],
  },
  {
    operation: "GetBucketInventoryConfiguration",
    scope: "bucket",
    method: "GET",
    subresource: "inventory",
    requires: "id",
    parameters: ["id"],
  },
  {
    operation: "ListBucketInventoryConfigurations",
    scope: "bucket",
    method: "GET",
    subresource: "inventory",
    parameters: ["continuation-token"],
  },
  {
    operation: "GetBucketMetricsConfiguration",
    scope: "bucket",
    method: "GET",
    subresource: "metrics",
    requires: "id",
    parameters: ["id"],
  },
  {
    operation: "ListBucketMetricsConfigurations",
    scope: "bucket",
    method: "GET",
    subresource: "metrics",
    parameters: ["continuation-token"],
  },

  { operation: "GetObjectAcl", scope: "object", method: "GET", subresource: "acl", parameters: ["versionId"] },
  {
    operation: "GetObjectAttributes",
    scope: "object",
    method: "GET",
    subresource: "attributes",
    parameters: ["versionId"],
  },
  { operation: "GetObjectTagging", scope: "object", method: "GET", subresource: "tagging", parameters: ["versionId"] },
  { operation: "PutObjectTagging", scope: "object", method: "PUT", subresource: "tagging", parameters: ["versionId"] },
  {
    operation: "DeleteObjectTagging",
    scope: "object",
    method: "DELETE",
    subresource: "tagging",
    parameters: ["versionId"],
  },
  {
    operation: "GetObjectRetention",
    scope: "object",
    method: "GET",
    subresource: "retention",
    parameters: ["versionId"],
  },
  {
    operation: "PutObjectRetention",
    scope: "object",
    method: "PUT",
    subresource: "retention",
    parameters: ["versionId"],
  },
  {
    operation: "GetObjectLegalHold",
    scope: "object",
    method: "GET",
    subresource: "legal-hold",
    parameters: ["versionId"],
  },
  {
    operation: "PutObjectLegalHold",
    scope: "object",
    method: "PUT",
    subresource: "legal-hold",
    parameters: ["versionId"],
  },
  { operation: "RenameObject", scope: "object", method: "PUT", subresource: "renameObject" },
  { operation: "CreateMultipartUpload", scope: "object", method: "POST", subresource: "uploads" },
  {
    operation: "ListParts",
    scope: "object",
    method: "GET",
    subresource: "uploadId",
    parameters: ["max-parts", "part-number-marker"],
  },
  {
    operation: "UploadPartCopy",
    scope: "object",
    method: "PUT",
    subresource: "partNumber",
    header: "x-amz-copy-source",
    parameters: ["uploadId"],
  },
  { operation: "UploadPart", scope: "object", method: "PUT", subresource: "partNumber", parameters: ["uploadId"] },
  { operation: "CompleteMultipartUpload", scope: "object", method: "POST", subresource: "uploadId" },
  { operation: "AbortMultipartUpload", scope: "object", method: "DELETE", subresource: "uploadId" },
  { operation: "GetObject", scope: "object", method: "GET", parameters: ["versionId", "partNumber", ...overrides] },
  { operation: "HeadObject", scope: "object", method: "HEAD", parameters: ["versionId", "partNumber", ...overrides] },
  { operation: "CopyObject", scope: "object", method: "PUT", header: "x-amz-copy-source" },
  { operation: "PutObject", scope: "object", method: "PUT" },
  { operation: "DeleteObject", scope: "object", method: "DELETE", parameters: ["versionId"] },

  // Configuration that cannot be set yet: reading it says truthfully that there is none, setting it is NotImplemented.
  { operation: "GetBucketAccelerateConfiguration", scope: "bucket", method: "GET", subresource: "accelerate" },
] as const satisfies readonly (Omit<Route, "operation"> & { operation: string })[];

export type OperationName = (typeof routes)[number]["operation"];

/**
 * Query parameters that change what a request means, on any method. A request that carries one goes to its route or is
 * refused; it never falls through to the plain operation.
 */
export const subresources: ReadonlySet<string> = new Set([
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "annotation",
  "attributes",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataAnnotationTable",
  "metadataConfiguration",
  "metadataInventoryTable",
  "metadataJournalTable",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "select-type",
  "session",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versioning",
  "versions",
  "website",
]);
