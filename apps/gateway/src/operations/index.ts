import {
  maxCompleteMultipartUploadBytes,
  maxConfigurationBytes,
  maxDeleteBytes,
  maxLifecycleConfigurationBytes,
  maxReplicationConfigurationBytes,
} from "@stave/s3-xml";
import type { OperationName } from "../routing/routes.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { getBucketAcl, putBucketAcl } from "./bucket-acl.ts";
import { deleteBucketCors, getBucketCors, putBucketCors } from "./bucket-cors.ts";
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from "./bucket-encryption.ts";
import {
  deleteBucketLifecycle,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
} from "./bucket-lifecycle.ts";
import { getBucketLogging, putBucketLogging } from "./bucket-logging.ts";
import {
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
} from "./bucket-notification-configuration.ts";
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  maxPolicyBodyBytes,
  putBucketPolicy,
} from "./bucket-policy.ts";
import { deleteBucketReplication, getBucketReplication, putBucketReplication } from "./bucket-replication.ts";
import { getBucketRequestPayment, putBucketRequestPayment } from "./bucket-request-payment.ts";
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from "./bucket-tagging.ts";
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from "./bucket-website.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { configurationsWithId } from "./configurations-with-id.ts";
import { copyObject } from "./copy-object.ts";
import { createBucket } from "./create-bucket.ts";
import { createMultipartUpload } from "./create-multipart-upload.ts";
import { deleteBucket } from "./delete-bucket.ts";
import { deleteObject } from "./delete-object.ts";
import { deleteObjects } from "./delete-objects.ts";
import { getBucketLocation } from "./get-bucket-location.ts";
import { getBucketVersioning } from "./get-bucket-versioning.ts";
import { getObject } from "./get-object.ts";
import { getObjectAttributes } from "./get-object-attributes.ts";
import { headBucket } from "./head-bucket.ts";
import { headObject } from "./head-object.ts";
import { listBuckets } from "./list-buckets.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { listObjectVersions } from "./list-object-versions.ts";
import { listObjects } from "./list-objects.ts";
import { listObjectsV2 } from "./list-objects-v2.ts";
import { listParts } from "./list-parts.ts";
import { getObjectAcl, putObjectAcl } from "./object-acl.ts";
import { getObjectLegalHold, putObjectLegalHold } from "./object-legal-hold.ts";
import { getObjectLockConfiguration, putObjectLockConfiguration } from "./object-lock-configuration.ts";
import { getObjectRetention, putObjectRetention } from "./object-retention.ts";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./object-tagging.ts";
import type { BodyOperation, FormOperation, Operation } from "./operation.ts";
import {
  deleteBucketOwnershipControls,
  getBucketOwnershipControls,
  putBucketOwnershipControls,
} from "./ownership-controls.ts";
import { postObject } from "./post-object.ts";
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from "./public-access-block.ts";
import { putBucketVersioning } from "./put-bucket-versioning.ts";
import { putObject } from "./put-object.ts";
import { renameObject } from "./rename-object.ts";
import { unsetConfiguration } from "./unset-configuration.ts";
import { uploadPart } from "./upload-part.ts";
import { uploadPartCopy } from "./upload-part-copy.ts";

/** How an operation is run: what it may take as a body, and whether it needs a bucket that its caller may use. */
export type OperationEntry =
  | { readonly access: "account" | "bucket"; readonly body: "none"; readonly run: Operation }
  | { readonly access: "account" | "bucket"; readonly body: "object"; readonly run: BodyOperation }
  | { readonly access: "bucket"; readonly body: "form"; readonly run: FormOperation }
  | {
      readonly access: "account" | "bucket";
      readonly body: "document" | "manifest";
      readonly maxBodyBytes: number;
      readonly run: BodyOperation;
    };

/** A name without a handler does not compile. */
export const operations: Readonly<Record<OperationName, OperationEntry>> = {
  AbortMultipartUpload: plain(abortMultipartUpload),
  CompleteMultipartUpload: {
    access: "bucket",
    body: "manifest",
    maxBodyBytes: maxCompleteMultipartUploadBytes,
    run: completeMultipartUpload,
  },
  CopyObject: plain(copyObject),
  CreateBucket: { access: "account", body: "document", maxBodyBytes: maxConfigurationBytes, run: createBucket },
  CreateMultipartUpload: plain(createMultipartUpload),
  DeleteBucket: plain(deleteBucket),
  DeleteBucketReplication: plain(deleteBucketReplication),
  DeleteBucketCors: plain(deleteBucketCors),
  DeleteBucketEncryption: plain(deleteBucketEncryption),
  DeleteBucketLifecycle: plain(deleteBucketLifecycle),
  DeleteBucketTagging: plain(deleteBucketTagging),
  DeleteBucketWebsite: plain(deleteBucketWebsite),
  DeleteObject: plain(deleteObject),
  DeleteObjects: document(deleteObjects, maxDeleteBytes),
  DeleteObjectTagging: plain(deleteObjectTagging),
  GetBucketAcl: plain(getBucketAcl),
  GetBucketCors: plain(getBucketCors),
  GetBucketEncryption: plain(getBucketEncryption),
  GetBucketLifecycleConfiguration: plain(getBucketLifecycleConfiguration),
  GetBucketLocation: plain(getBucketLocation),
  GetBucketNotificationConfiguration: plain(getBucketNotificationConfiguration),
  GetBucketReplication: plain(getBucketReplication),
  GetBucketLogging: plain(getBucketLogging),
  GetBucketRequestPayment: plain(getBucketRequestPayment),
  GetBucketTagging: plain(getBucketTagging),
  GetBucketVersioning: plain(getBucketVersioning),
  GetBucketWebsite: plain(getBucketWebsite),
  GetObject: plain(getObject),
  GetObjectAcl: plain(getObjectAcl),
  GetObjectAttributes: plain(getObjectAttributes),
  GetObjectLegalHold: plain(getObjectLegalHold),
  GetObjectLockConfiguration: plain(getObjectLockConfiguration),
  GetObjectRetention: plain(getObjectRetention),
  GetObjectTagging: plain(getObjectTagging),
  HeadBucket: plain(headBucket),
  HeadObject: plain(headObject),
  GetBucketAnalyticsConfiguration: plain(configurationsWithId.GetBucketAnalyticsConfiguration),
  GetBucketIntelligentTieringConfiguration: plain(configurationsWithId.GetBucketIntelligentTieringConfiguration),
  GetBucketInventoryConfiguration: plain(configurationsWithId.GetBucketInventoryConfiguration),
  GetBucketMetricsConfiguration: plain(configurationsWithId.GetBucketMetricsConfiguration),
  ListBucketAnalyticsConfigurations: plain(configurationsWithId.ListBucketAnalyticsConfigurations),
  ListBucketIntelligentTieringConfigurations: plain(configurationsWithId.ListBucketIntelligentTieringConfigurations),
  ListBucketInventoryConfigurations: plain(configurationsWithId.ListBucketInventoryConfigurations),
  ListBucketMetricsConfigurations: plain(configurationsWithId.ListBucketMetricsConfigurations),
  ListBuckets: { access: "account", body: "none", run: listBuckets },
  ListMultipartUploads: plain(listMultipartUploads),
  ListObjects: plain(listObjects),
  ListObjectsV2: plain(listObjectsV2),
  ListObjectVersions: plain(listObjectVersions),
  ListParts: plain(listParts),
  PutBucketCors: document(putBucketCors),
  PutBucketLogging: document(putBucketLogging),
  PutBucketRequestPayment: document(putBucketRequestPayment),
  DeleteBucketOwnershipControls: plain(deleteBucketOwnershipControls),
  DeleteBucketPolicy: plain(deleteBucketPolicy),
  DeletePublicAccessBlock: plain(deletePublicAccessBlock),
  GetBucketOwnershipControls: plain(getBucketOwnershipControls),
  GetBucketPolicy: plain(getBucketPolicy),
  GetBucketPolicyStatus: plain(getBucketPolicyStatus),
  GetPublicAccessBlock: plain(getPublicAccessBlock),
  PutBucketAcl: document(putBucketAcl),
  PutBucketOwnershipControls: document(putBucketOwnershipControls),
  PutBucketPolicy: document(putBucketPolicy, maxPolicyBodyBytes),
  PutObjectAcl: document(putObjectAcl),
  PutPublicAccessBlock: document(putPublicAccessBlock),
  PostObject: { access: "bucket", body: "form", run: postObject },
  PutBucketNotificationConfiguration: document(putBucketNotificationConfiguration),
  PutBucketReplication: document(putBucketReplication, maxReplicationConfigurationBytes),
  PutBucketEncryption: document(putBucketEncryption),
  PutBucketLifecycleConfiguration: document(putBucketLifecycleConfiguration, maxLifecycleConfigurationBytes),
  PutBucketTagging: document(putBucketTagging),
  PutBucketVersioning: document(putBucketVersioning),
  PutBucketWebsite: document(putBucketWebsite),
  PutObject: { access: "bucket", body: "object", run: putObject },
  PutObjectLegalHold: document(putObjectLegalHold),
  PutObjectLockConfiguration: document(putObjectLockConfiguration),
  PutObjectRetention: document(putObjectRetention),
  PutObjectTagging: document(putObjectTagging),
  RenameObject: plain(renameObject),
  UploadPart: { access: "bucket", body: "object", run: uploadPart },
  UploadPartCopy: plain(uploadPartCopy),
  GetBucketAccelerateConfiguration: plain(unsetConfiguration.GetBucketAccelerateConfiguration),
};

function document(run: BodyOperation, maxBodyBytes = maxConfigurationBytes): OperationEntry {
  return { access: "bucket", body: "document", maxBodyBytes, run };
}

function plain(run: Operation): OperationEntry {
  return { access: "bucket", body: "none", run };
}
