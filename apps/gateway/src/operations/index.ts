import {
  maxCompleteMultipartUploadBytes,
  maxConfigurationBytes,
  maxDeleteBytes,
  maxLifecycleConfigurationBytes,
} from "@stave/s3-xml";
import type { OperationName } from "../routing/routes.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { getBucketAcl, putBucketAcl } from "./bucket-acl.ts";
import {
  deleteBucketLifecycle,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
} from "./bucket-lifecycle.ts";
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  maxPolicyBodyBytes,
  putBucketPolicy,
} from "./bucket-policy.ts";
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from "./bucket-tagging.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
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
import { getObjectTagging } from "./get-object-tagging.ts";
import { headBucket } from "./head-bucket.ts";
import { headObject } from "./head-object.ts";
import { listBuckets } from "./list-buckets.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { listObjectVersions } from "./list-object-versions.ts";
import { listObjects } from "./list-objects.ts";
import { listObjectsV2 } from "./list-objects-v2.ts";
import { listParts } from "./list-parts.ts";
import { getObjectAcl, putObjectAcl } from "./object-acl.ts";
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
  DeleteBucketLifecycle: plain(deleteBucketLifecycle),
  DeleteBucketTagging: plain(deleteBucketTagging),
  DeleteObject: plain(deleteObject),
  DeleteObjects: document(deleteObjects, maxDeleteBytes),
  GetBucketAcl: plain(getBucketAcl),
  GetBucketLifecycleConfiguration: plain(getBucketLifecycleConfiguration),
  GetBucketLocation: plain(getBucketLocation),
  GetBucketTagging: plain(getBucketTagging),
  GetBucketVersioning: plain(getBucketVersioning),
  GetObject: plain(getObject),
  GetObjectAcl: plain(getObjectAcl),
  GetObjectAttributes: plain(getObjectAttributes),
  GetObjectTagging: plain(getObjectTagging),
  HeadBucket: plain(headBucket),
  HeadObject: plain(headObject),
  ListBuckets: { access: "account", body: "none", run: listBuckets },
  ListMultipartUploads: plain(listMultipartUploads),
  ListObjects: plain(listObjects),
  ListObjectsV2: plain(listObjectsV2),
  ListObjectVersions: plain(listObjectVersions),
  ListParts: plain(listParts),
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
  PutBucketLifecycleConfiguration: document(putBucketLifecycleConfiguration, maxLifecycleConfigurationBytes),
  PutBucketTagging: document(putBucketTagging),
  PutBucketVersioning: document(putBucketVersioning),
  PutObject: { access: "bucket", body: "object", run: putObject },
  UploadPart: { access: "bucket", body: "object", run: uploadPart },
  UploadPartCopy: plain(uploadPartCopy),
  GetBucketAccelerateConfiguration: plain(unsetConfiguration.GetBucketAccelerateConfiguration),
  GetBucketCors: plain(unsetConfiguration.GetBucketCors),
  GetBucketEncryption: plain(unsetConfiguration.GetBucketEncryption),
  GetBucketLogging: plain(unsetConfiguration.GetBucketLogging),
  GetBucketNotificationConfiguration: plain(unsetConfiguration.GetBucketNotificationConfiguration),
  GetBucketReplication: plain(unsetConfiguration.GetBucketReplication),
  GetBucketRequestPayment: plain(unsetConfiguration.GetBucketRequestPayment),
  GetBucketWebsite: plain(unsetConfiguration.GetBucketWebsite),
  GetObjectLockConfiguration: plain(unsetConfiguration.GetObjectLockConfiguration),
};

function document(run: BodyOperation, maxBodyBytes = maxConfigurationBytes): OperationEntry {
  return { access: "bucket", body: "document", maxBodyBytes, run };
}

function plain(run: Operation): OperationEntry {
  return { access: "bucket", body: "none", run };
}
