import { parseAccelerateConfiguration } from "./requests/parse-accelerate-configuration.ts";
import { parseAccessControlPolicy } from "./requests/parse-access-control-policy.ts";
import { parseBucketLoggingStatus } from "./requests/parse-bucket-logging-status.ts";
import {
  maxCompleteMultipartUploadBytes,
  parseCompleteMultipartUpload,
} from "./requests/parse-complete-multipart-upload.ts";
import { parseCorsConfiguration } from "./requests/parse-cors-configuration.ts";
import { parseCreateBucketConfiguration } from "./requests/parse-create-bucket-configuration.ts";
import { maxDeleteBytes, parseDelete } from "./requests/parse-delete.ts";
import { parseLegalHold } from "./requests/parse-legal-hold.ts";
import {
  maxLifecycleConfigurationBytes,
  parseLifecycleConfiguration,
} from "./requests/parse-lifecycle-configuration.ts";
import { parseNotificationConfiguration } from "./requests/parse-notification-configuration.ts";
import { parseObjectLockConfiguration } from "./requests/parse-object-lock-configuration.ts";
import { parseOwnershipControls } from "./requests/parse-ownership-controls.ts";
import { parsePublicAccessBlockConfiguration } from "./requests/parse-public-access-block-configuration.ts";
import {
  maxReplicationConfigurationBytes,
  parseReplicationConfiguration,
} from "./requests/parse-replication-configuration.ts";
import { parseRequestPaymentConfiguration } from "./requests/parse-request-payment-configuration.ts";
import { parseRestoreRequest } from "./requests/parse-restore-request.ts";
import { parseRetention } from "./requests/parse-retention.ts";
import { parseSelectObjectContentRequest } from "./requests/parse-select-object-content-request.ts";
import { parseServerSideEncryptionConfiguration } from "./requests/parse-server-side-encryption-configuration.ts";
import { parseTagging } from "./requests/parse-tagging.ts";
import { parseVersioningConfiguration } from "./requests/parse-versioning-configuration.ts";
import { parseWebsiteConfiguration } from "./requests/parse-website-configuration.ts";
import { maxConfigurationBytes, type ParseOptions } from "./requests/read-document.ts";
import { writeAccelerateConfiguration } from "./responses/write-accelerate-configuration.ts";
import { writeAccessControlPolicy } from "./responses/write-access-control-policy.ts";
import { writeBucketLoggingStatus } from "./responses/write-bucket-logging-status.ts";
import { writeCompleteMultipartUploadResult } from "./responses/write-complete-multipart-upload-result.ts";
import { writeCopyObjectResult } from "./responses/write-copy-object-result.ts";
import { writeCopyPartResult } from "./responses/write-copy-part-result.ts";
import { writeCorsConfiguration } from "./responses/write-cors-configuration.ts";
import { writeDeleteResult } from "./responses/write-delete-result.ts";
import { writeError } from "./responses/write-error.ts";
import { writeGetObjectAttributesResponse } from "./responses/write-get-object-attributes-response.ts";
import { writeInitiateMultipartUploadResult } from "./responses/write-initiate-multipart-upload-result.ts";
import { writeLegalHold } from "./responses/write-legal-hold.ts";
import { writeLifecycleConfiguration } from "./responses/write-lifecycle-configuration.ts";
import { writeListAllMyBucketsResult } from "./responses/write-list-all-my-buckets-result.ts";
import { writeListBucketResultV1 } from "./responses/write-list-bucket-result-v1.ts";
import { writeListBucketResultV2 } from "./responses/write-list-bucket-result-v2.ts";
import { writeListMultipartUploadsResult } from "./responses/write-list-multipart-uploads-result.ts";
import { writeListPartsResult } from "./responses/write-list-parts-result.ts";
import { writeListVersionsResult } from "./responses/write-list-versions-result.ts";
import { writeLocationConstraint } from "./responses/write-location-constraint.ts";
import { writeNotificationConfiguration } from "./responses/write-notification-configuration.ts";
import { writeObjectLockConfiguration } from "./responses/write-object-lock-configuration.ts";
import { writeOwnershipControls } from "./responses/write-ownership-controls.ts";
import { writePolicyStatus } from "./responses/write-policy-status.ts";
import { writePostResponse } from "./responses/write-post-response.ts";
import { writePublicAccessBlockConfiguration } from "./responses/write-public-access-block-configuration.ts";
import { writeReplicationConfiguration } from "./responses/write-replication-configuration.ts";
import { writeRequestPaymentConfiguration } from "./responses/write-request-payment-configuration.ts";
import { writeRetention } from "./responses/write-retention.ts";
import { writeServerSideEncryptionConfiguration } from "./responses/write-server-side-encryption-configuration.ts";
import { writeTagging } from "./responses/write-tagging.ts";
import { writeVersioningConfiguration } from "./responses/write-versioning-configuration.ts";
import { writeWebsiteConfiguration } from "./responses/write-website-configuration.ts";

/** A document that a client sends. */
export type RequestDocument = {
  readonly kind: "request";
  /** The root element. */
  readonly name: string;
  /** As the API reference calls them. */
  readonly operations: readonly string[];
  readonly parse: (xml: Uint8Array, options?: ParseOptions) => unknown;
  /** The cap without `maxBytes`. */
  readonly maxBytes: number;
};

/** A document that a server answers with. */
export type ResponseDocument = {
  readonly kind: "response";
  /** The root element. */
  readonly name: string;
  /** As the API reference calls them; none for the document that answers all of them. */
  readonly operations: readonly string[];
  // `never`: each takes an input of its own. Calls go through the writers themselves.
  readonly write: (input: never) => string;
};

/** Every document that this package reads or writes, requests first, by name. */
export const documents: readonly (RequestDocument | ResponseDocument)[] = [
  {
    kind: "request",
    name: "AccelerateConfiguration",
    operations: ["PutBucketAccelerateConfiguration"],
    parse: parseAccelerateConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "AccessControlPolicy",
    operations: ["PutBucketAcl", "PutObjectAcl"],
    parse: parseAccessControlPolicy,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "BucketLoggingStatus",
    operations: ["PutBucketLogging"],
    parse: parseBucketLoggingStatus,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "CompleteMultipartUpload",
    operations: ["CompleteMultipartUpload"],
    parse: parseCompleteMultipartUpload,
    maxBytes: maxCompleteMultipartUploadBytes,
  },
  {
    kind: "request",
    name: "CORSConfiguration",
    operations: ["PutBucketCors"],
    parse: parseCorsConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "CreateBucketConfiguration",
    operations: ["CreateBucket"],
    parse: parseCreateBucketConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  { kind: "request", name: "Delete", operations: ["DeleteObjects"], parse: parseDelete, maxBytes: maxDeleteBytes },
  {
    kind: "request",
    name: "LegalHold",
    operations: ["PutObjectLegalHold"],
    parse: parseLegalHold,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "LifecycleConfiguration",
    operations: ["PutBucketLifecycleConfiguration"],
    parse: parseLifecycleConfiguration,
    maxBytes: maxLifecycleConfigurationBytes,
  },
  {
    kind: "request",
    name: "NotificationConfiguration",
    operations: ["PutBucketNotificationConfiguration"],
    parse: parseNotificationConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "ObjectLockConfiguration",
    operations: ["PutObjectLockConfiguration"],
    parse: parseObjectLockConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "OwnershipControls",
    operations: ["PutBucketOwnershipControls"],
    parse: parseOwnershipControls,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "PublicAccessBlockConfiguration",
    operations: ["PutPublicAccessBlock"],
    parse: parsePublicAccessBlockConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "ReplicationConfiguration",
    operations: ["PutBucketReplication"],
    parse: parseReplicationConfiguration,
    maxBytes: maxReplicationConfigurationBytes,
  },
  {
    kind: "request",
    name: "RequestPaymentConfiguration",
    operations: ["PutBucketRequestPayment"],
    parse: parseRequestPaymentConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "RestoreRequest",
    operations: ["RestoreObject"],
    parse: parseRestoreRequest,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "Retention",
    operations: ["PutObjectRetention"],
    parse: parseRetention,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "SelectObjectContentRequest",
    operations: ["SelectObjectContent"],
    parse: parseSelectObjectContentRequest,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "ServerSideEncryptionConfiguration",
    operations: ["PutBucketEncryption"],
    parse: parseServerSideEncryptionConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "Tagging",
    operations: ["PutBucketTagging", "PutObjectTagging"],
    parse: parseTagging,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "VersioningConfiguration",
    operations: ["PutBucketVersioning"],
    parse: parseVersioningConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "request",
    name: "WebsiteConfiguration",
    operations: ["PutBucketWebsite"],
    parse: parseWebsiteConfiguration,
    maxBytes: maxConfigurationBytes,
  },
  {
    kind: "response",
    name: "AccelerateConfiguration",
    operations: ["GetBucketAccelerateConfiguration"],
    write: writeAccelerateConfiguration,
  },
  {
    kind: "response",
    name: "AccessControlPolicy",
    operations: ["GetBucketAcl", "GetObjectAcl"],
    write: writeAccessControlPolicy,
  },
  { kind: "response", name: "BucketLoggingStatus", operations: ["GetBucketLogging"], write: writeBucketLoggingStatus },
  {
    kind: "response",
    name: "CompleteMultipartUploadResult",
    operations: ["CompleteMultipartUpload"],
    write: writeCompleteMultipartUploadResult,
  },
  { kind: "response", name: "CopyObjectResult", operations: ["CopyObject"], write: writeCopyObjectResult },
  { kind: "response", name: "CopyPartResult", operations: ["UploadPartCopy"], write: writeCopyPartResult },
  { kind: "response", name: "CORSConfiguration", operations: ["GetBucketCors"], write: writeCorsConfiguration },
  { kind: "response", name: "DeleteResult", operations: ["DeleteObjects"], write: writeDeleteResult },
  { kind: "response", name: "Error", operations: [], write: writeError },
  {
    kind: "response",
    name: "GetObjectAttributesResponse",
    operations: ["GetObjectAttributes"],
    write: writeGetObjectAttributesResponse,
  },
  {
    kind: "response",
    name: "InitiateMultipartUploadResult",
    operations: ["CreateMultipartUpload"],
    write: writeInitiateMultipartUploadResult,
  },
  { kind: "response", name: "LegalHold", operations: ["GetObjectLegalHold"], write: writeLegalHold },
  {
    kind: "response",
    name: "LifecycleConfiguration",
    operations: ["GetBucketLifecycleConfiguration"],
    write: writeLifecycleConfiguration,
  },
  { kind: "response", name: "ListAllMyBucketsResult", operations: ["ListBuckets"], write: writeListAllMyBucketsResult },
  { kind: "response", name: "ListBucketResult", operations: ["ListObjects"], write: writeListBucketResultV1 },
  { kind: "response", name: "ListBucketResult", operations: ["ListObjectsV2"], write: writeListBucketResultV2 },
  {
    kind: "response",
    name: "ListMultipartUploadsResult",
    operations: ["ListMultipartUploads"],
    write: writeListMultipartUploadsResult,
  },
  { kind: "response", name: "ListPartsResult", operations: ["ListParts"], write: writeListPartsResult },
  { kind: "response", name: "ListVersionsResult", operations: ["ListObjectVersions"], write: writeListVersionsResult },
  { kind: "response", name: "LocationConstraint", operations: ["GetBucketLocation"], write: writeLocationConstraint },
  {
    kind: "response",
    name: "NotificationConfiguration",
    operations: ["GetBucketNotificationConfiguration"],
    write: writeNotificationConfiguration,
  },
  {
    kind: "response",
    name: "ObjectLockConfiguration",
    operations: ["GetObjectLockConfiguration"],
    write: writeObjectLockConfiguration,
  },
  {
    kind: "response",
    name: "OwnershipControls",
    operations: ["GetBucketOwnershipControls"],
    write: writeOwnershipControls,
  },
  { kind: "response", name: "PolicyStatus", operations: ["GetBucketPolicyStatus"], write: writePolicyStatus },
  { kind: "response", name: "PostResponse", operations: ["PostObject"], write: writePostResponse },
  {
    kind: "response",
    name: "PublicAccessBlockConfiguration",
    operations: ["GetPublicAccessBlock"],
    write: writePublicAccessBlockConfiguration,
  },
  {
    kind: "response",
    name: "ReplicationConfiguration",
    operations: ["GetBucketReplication"],
    write: writeReplicationConfiguration,
  },
  {
    kind: "response",
    name: "RequestPaymentConfiguration",
    operations: ["GetBucketRequestPayment"],
    write: writeRequestPaymentConfiguration,
  },
  { kind: "response", name: "Retention", operations: ["GetObjectRetention"], write: writeRetention },
  {
    kind: "response",
    name: "ServerSideEncryptionConfiguration",
    operations: ["GetBucketEncryption"],
    write: writeServerSideEncryptionConfiguration,
  },
  { kind: "response", name: "Tagging", operations: ["GetBucketTagging", "GetObjectTagging"], write: writeTagging },
  {
    kind: "response",
    name: "VersioningConfiguration",
    operations: ["GetBucketVersioning"],
    write: writeVersioningConfiguration,
  },
  {
    kind: "response",
    name: "WebsiteConfiguration",
    operations: ["GetBucketWebsite"],
    write: writeWebsiteConfiguration,
  },
];
