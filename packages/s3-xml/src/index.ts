export {
  type CompletedPart,
  type CompleteMultipartUploadRequest,
  maxCompleteMultipartUploadBytes,
  parseCompleteMultipartUpload,
} from "./requests/parse-complete-multipart-upload.ts";
export {
  type CreateBucketConfiguration,
  parseCreateBucketConfiguration,
} from "./requests/parse-create-bucket-configuration.ts";
export { type DeleteRequest, maxDeleteBytes, type ObjectIdentifier, parseDelete } from "./requests/parse-delete.ts";
export {
  parseVersioningConfiguration,
  type VersioningConfiguration,
} from "./requests/parse-versioning-configuration.ts";
export { maxConfigurationBytes, type ParseOptions } from "./requests/read-document.ts";
export type { ChecksumMember, Owner } from "./responses/members.ts";
export { type EncodingType, encodeKeyForUrlEncoding } from "./responses/url-encoding.ts";
export {
  type AccessControlPolicy,
  type Grant,
  writeAccessControlPolicy,
} from "./responses/write-access-control-policy.ts";
export {
  type CompleteMultipartUploadResult,
  writeCompleteMultipartUploadResult,
} from "./responses/write-complete-multipart-upload-result.ts";
export type { ObjectEntry } from "./responses/write-contents.ts";
export { type CopyObjectResult, writeCopyObjectResult } from "./responses/write-copy-object-result.ts";
export { type CopyPartResult, writeCopyPartResult } from "./responses/write-copy-part-result.ts";
export {
  type DeletedObjectEntry,
  type DeleteErrorEntry,
  type DeleteResult,
  writeDeleteResult,
} from "./responses/write-delete-result.ts";
export { type ErrorDocument, writeError } from "./responses/write-error.ts";
export {
  type InitiateMultipartUploadResult,
  writeInitiateMultipartUploadResult,
} from "./responses/write-initiate-multipart-upload-result.ts";
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
export { type Tag, writeTagging } from "./responses/write-tagging.ts";
export { type UnsetConfiguration, writeUnsetConfiguration } from "./responses/write-unset-configuration.ts";
export { writeVersioningConfiguration } from "./responses/write-versioning-configuration.ts";
export { XmlError, type XmlErrorCode } from "./xml-error.ts";
