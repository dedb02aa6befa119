export { documents, type RequestDocument, type ResponseDocument } from "./documents.ts";
export {
  type AccelerateConfiguration,
  parseAccelerateConfiguration,
} from "./requests/parse-accelerate-configuration.ts";
export { maxGrants, parseAccessControlPolicy } from "./requests/parse-access-control-policy.ts";
export {
  type BucketLoggingStatus,
  type LoggingEnabled,
  parseBucketLoggingStatus,
  type TargetObjectKeyFormat,
} from "./requests/parse-bucket-logging-status.ts";
export {
  type CompletedPart,
  type CompleteMultipartUploadRequest,
  maxCompleteMultipartUploadBytes,
  parseCompleteMultipartUpload,
} from "./requests/parse-complete-multipart-upload.ts";
export {
  type CorsConfiguration,
  type CorsRule,
  maxCorsRules,
  parseCorsConfiguration,
} from "./requests/parse-cors-configuration.ts";
export {
  type CreateBucketConfiguration,
  type CreateBucketConfigurationOptions,
  parseCreateBucketConfiguration,
} from "./requests/parse-create-bucket-configuration.ts";
export { type DeleteRequest, maxDeleteBytes, type ObjectIdentifier, parseDelete } from "./requests/parse-delete.ts";
export { type LegalHold, parseLegalHold } from "./requests/parse-legal-hold.ts";
export {
  type LifecycleConfiguration,
  type LifecycleExpiration,
  type LifecycleRule,
  type LifecycleTransition,
  maxLifecycleConfigurationBytes,
  maxLifecycleRules,
  type NoncurrentVersionExpiration,
  type NoncurrentVersionTransition,
  parseLifecycleConfiguration,
} from "./requests/parse-lifecycle-configuration.ts";
export {
  type NotificationConfiguration,
  type NotificationFilterRule,
  type NotificationTarget,
  parseNotificationConfiguration,
} from "./requests/parse-notification-configuration.ts";
export {
  type DefaultRetention,
  type ObjectLockConfiguration,
  parseObjectLockConfiguration,
  type RetentionMode,
} from "./requests/parse-object-lock-configuration.ts";
export { type OwnershipControls, parseOwnershipControls } from "./requests/parse-ownership-controls.ts";
export {
  type PublicAccessBlockConfiguration,
  parsePublicAccessBlockConfiguration,
} from "./requests/parse-public-access-block-configuration.ts";
export {
  maxReplicationConfigurationBytes,
  maxReplicationRules,
  parseReplicationConfiguration,
  type ReplicationConfiguration,
  type ReplicationFilter,
  type ReplicationRule,
  type ReplicationStatus,
} from "./requests/parse-replication-configuration.ts";
export {
  parseRequestPaymentConfiguration,
  type RequestPaymentConfiguration,
} from "./requests/parse-request-payment-configuration.ts";
export { parseRestoreRequest, type RestoreRequest, type RestoreTier } from "./requests/parse-restore-request.ts";
export { parseRetention, type Retention } from "./requests/parse-retention.ts";
export {
  parseSelectObjectContentRequest,
  type SelectFormat,
  type SelectObjectContentRequest,
} from "./requests/parse-select-object-content-request.ts";
export {
  parseServerSideEncryptionConfiguration,
  type ServerSideEncryptionConfiguration,
  type ServerSideEncryptionRule,
} from "./requests/parse-server-side-encryption-configuration.ts";
export { maxBucketTags, maxObjectTags, parseTagging } from "./requests/parse-tagging.ts";
export {
  parseVersioningConfiguration,
  type VersioningConfiguration,
} from "./requests/parse-versioning-configuration.ts";
export {
  maxRoutingRules,
  parseWebsiteConfiguration,
  type WebsiteConfiguration,
  type WebsiteRedirect,
  type WebsiteRoutingRule,
} from "./requests/parse-website-configuration.ts";
export { maxConfigurationBytes, type ParseOptions } from "./requests/read-document.ts";
export type { LifecycleAnd, LifecycleFilter } from "./requests/read-lifecycle-filter.ts";
export type { ReplicationDestination } from "./requests/read-replication-destination.ts";
export type { ChecksumMember, Owner } from "./responses/members.ts";
export { type EncodingType, encodeKeyForUrlEncoding } from "./responses/url-encoding.ts";
export { writeAccelerateConfiguration } from "./responses/write-accelerate-configuration.ts";
export {
  type AccessControlPolicy,
  type Grant,
  type Grantee,
  type Permission,
  writeAccessControlPolicy,
} from "./responses/write-access-control-policy.ts";
export { writeBucketLoggingStatus } from "./responses/write-bucket-logging-status.ts";
export {
  type CompleteMultipartUploadResult,
  writeCompleteMultipartUploadResult,
} from "./responses/write-complete-multipart-upload-result.ts";
export type { ObjectEntry } from "./responses/write-contents.ts";
export { type CopyObjectResult, writeCopyObjectResult } from "./responses/write-copy-object-result.ts";
export { type CopyPartResult, writeCopyPartResult } from "./responses/write-copy-part-result.ts";
export { writeCorsConfiguration } from "./responses/write-cors-configuration.ts";
export {
  type DeletedObjectEntry,
  type DeleteErrorEntry,
  type DeleteResult,
  writeDeleteResult,
} from "./responses/write-delete-result.ts";
export { type ErrorDocument, writeError } from "./responses/write-error.ts";
export {
  type GetObjectAttributesResponse,
  type ObjectPart,
  type ObjectParts,
  writeGetObjectAttributesResponse,
} from "./responses/write-get-object-attributes-response.ts";
export {
  type InitiateMultipartUploadResult,
  writeInitiateMultipartUploadResult,
} from "./responses/write-initiate-multipart-upload-result.ts";
export { writeLegalHold } from "./responses/write-legal-hold.ts";
export { writeLifecycleConfiguration } from "./responses/write-lifecycle-configuration.ts";
export {
  type BucketEntry,
  type ListAllMyBucketsResult,
  writeListAllMyBucketsResult,
} from "./responses/write-list-all-my-buckets-result.ts";
export { type ListBucketResultV1, writeListBucketResultV1 } from "./responses/write-list-bucket-result-v1.ts";
export { type ListBucketResultV2, writeListBucketResultV2 } from "./responses/write-list-bucket-result-v2.ts";
export {
  type ListMultipartUploadsResult,
  type UploadEntry,
  writeListMultipartUploadsResult,
} from "./responses/write-list-multipart-uploads-result.ts";
export { type ListPartsResult, type PartEntry, writeListPartsResult } from "./responses/write-list-parts-result.ts";
export {
  type DeleteMarkerEntry,
  type ListVersionsResult,
  type VersionEntry,
  writeListVersionsResult,
} from "./responses/write-list-versions-result.ts";
export { writeLocationConstraint } from "./responses/write-location-constraint.ts";
export { writeNotificationConfiguration } from "./responses/write-notification-configuration.ts";
export { writeObjectLockConfiguration } from "./responses/write-object-lock-configuration.ts";
export { writeOwnershipControls } from "./responses/write-ownership-controls.ts";
export { type PolicyStatus, writePolicyStatus } from "./responses/write-policy-status.ts";
export { type PostResponse, writePostResponse } from "./responses/write-post-response.ts";
export { writePublicAccessBlockConfiguration } from "./responses/write-public-access-block-configuration.ts";
export { writeReplicationConfiguration } from "./responses/write-replication-configuration.ts";
export { writeRequestPaymentConfiguration } from "./responses/write-request-payment-configuration.ts";
export { writeRetention } from "./responses/write-retention.ts";
export { writeServerSideEncryptionConfiguration } from "./responses/write-server-side-encryption-configuration.ts";
export { type Tag, writeTagging } from "./responses/write-tagging.ts";
export { type UnsetConfiguration, writeUnsetConfiguration } from "./responses/write-unset-configuration.ts";
export { writeVersioningConfiguration } from "./responses/write-versioning-configuration.ts";
export { writeWebsiteConfiguration } from "./responses/write-website-configuration.ts";
export { XmlError, type XmlErrorCode } from "./xml-error.ts";
