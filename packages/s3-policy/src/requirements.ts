// Which permissions an operation needs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
// ACL permissions that stand for actions: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
import type { Permission } from "./acl/acl.ts";
import { actions, type ResourceKind, type S3Action } from "./actions.ts";

/** One permission that an operation needs. An operation is allowed when all of them are. */
export type Requirement = {
  readonly action: S3Action;
  /** What the action is about. */
  readonly on: ResourceKind;
  /** The ACL permission that stands for the action, and whose ACL it is that counts. */
  readonly acl?: { readonly of: "bucket" | "object"; readonly permission: Permission };
  /** The right of whoever owns what is being made: it needs no Allow, and a Deny still forbids it. */
  readonly isOwnersRight?: boolean;
};

/** What about a request adds to the permissions it needs. */
export type RequestTraits = {
  /** A version is named by its id: `versionId` is in the query. */
  readonly hasVersionId?: boolean;
  readonly hasAcl?: boolean;
  readonly hasTags?: boolean;
  readonly hasRetention?: boolean;
  readonly hasLegalHold?: boolean;
  readonly bypassesGovernance?: boolean;
};

/** Operations whose permissions are known, by the names of the API reference. */
export type S3Operation = keyof typeof table;

/** What an operation needs; what a copy needs of its source is {@link copySourceRequirements}. */
export function operationRequirements(operation: S3Operation, traits: RequestTraits = {}): readonly Requirement[] {
  const requirements: readonly Entry[] = table[operation];
  return requirements
    .filter(({ when }) => when === undefined || traits[when] === true)
    .map(({ versionAction, ...entry }) =>
      requirement(
        traits.hasVersionId === true && versionAction !== undefined ? { ...entry, action: versionAction } : entry,
      ),
    );
}

/** What CopyObject and UploadPartCopy need of the object they read. */
export function copySourceRequirements(traits: {
  readonly hasVersionId: boolean;
  /** Tags are copied along, and there are some. */
  readonly copiesTags: boolean;
}): readonly Requirement[] {
  const { hasVersionId, copiesTags } = traits;
  const read = hasVersionId ? "s3:GetObjectVersion" : "s3:GetObject";
  if (!copiesTags) return [requirement({ action: read })];
  // Who may read an object by its ACL may read its tags with it: a copy could not be made otherwise.
  const tags = hasVersionId ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
  return [requirement({ action: read }), requirement({ action: tags, withAclOf: read })];
}

type Entry = {
  readonly action: S3Action;
  /** Instead of `action` when a version is named. */
  readonly versionAction?: S3Action;
  readonly when?: keyof RequestTraits;
  readonly isOwnersRight?: boolean;
  /** The action whose ACL permission stands for this one too. */
  readonly withAclOf?: S3Action;
};

function requirement({ action, isOwnersRight, withAclOf = action }: Entry): Requirement {
  const acl = aclPermissions.get(withAclOf);
  return {
    action,
    on: actions.get(action) ?? "object",
    ...(acl !== undefined && { acl }),
    ...(isOwnersRight !== undefined && { isOwnersRight }),
  };
}

const aclPermissions: ReadonlyMap<S3Action, NonNullable<Requirement["acl"]>> = new Map([
  ["s3:ListBucket", { of: "bucket", permission: "READ" }],
  ["s3:ListBucketVersions", { of: "bucket", permission: "READ" }],
  ["s3:ListBucketMultipartUploads", { of: "bucket", permission: "READ" }],
  ["s3:PutObject", { of: "bucket", permission: "WRITE" }],
  ["s3:DeleteObject", { of: "bucket", permission: "WRITE" }],
  ["s3:GetBucketAcl", { of: "bucket", permission: "READ_ACP" }],
  ["s3:PutBucketAcl", { of: "bucket", permission: "WRITE_ACP" }],
  ["s3:GetObject", { of: "object", permission: "READ" }],
  ["s3:GetObjectVersion", { of: "object", permission: "READ" }],
  ["s3:GetObjectAcl", { of: "object", permission: "READ_ACP" }],
  ["s3:GetObjectVersionAcl", { of: "object", permission: "READ_ACP" }],
  ["s3:PutObjectAcl", { of: "object", permission: "WRITE_ACP" }],
  ["s3:PutObjectVersionAcl", { of: "object", permission: "WRITE_ACP" }],
] satisfies (readonly [S3Action, NonNullable<Requirement["acl"]>])[]);

const read: readonly Entry[] = [{ action: "s3:GetObject", versionAction: "s3:GetObjectVersion" }];

/**
 * A new object. Its ACL is its owner's to set, and a policy may forbid that: AWS's own example of a policy that demands an
 * ACL allows s3:PutObject alone.
 */
const write: readonly Entry[] = [
  { action: "s3:PutObject" },
  { action: "s3:PutObjectAcl", when: "hasAcl", isOwnersRight: true },
  { action: "s3:PutObjectTagging", when: "hasTags", withAclOf: "s3:PutObject" },
  { action: "s3:PutObjectRetention", when: "hasRetention" },
  { action: "s3:PutObjectLegalHold", when: "hasLegalHold" },
];

const table = {
  AbortMultipartUpload: [{ action: "s3:AbortMultipartUpload" }],
  CompleteMultipartUpload: [{ action: "s3:PutObject" }],
  CopyObject: write,
  CreateBucket: [{ action: "s3:CreateBucket" }],
  CreateMultipartUpload: write,
  DeleteBucket: [{ action: "s3:DeleteBucket" }],
  DeleteBucketAnalyticsConfiguration: [{ action: "s3:PutAnalyticsConfiguration" }],
  DeleteBucketCors: [{ action: "s3:PutBucketCORS" }],
  DeleteBucketEncryption: [{ action: "s3:PutEncryptionConfiguration" }],
  DeleteBucketIntelligentTieringConfiguration: [{ action: "s3:PutIntelligentTieringConfiguration" }],
  DeleteBucketInventoryConfiguration: [{ action: "s3:PutInventoryConfiguration" }],
  DeleteBucketLifecycle: [{ action: "s3:PutLifecycleConfiguration" }],
  DeleteBucketMetricsConfiguration: [{ action: "s3:PutMetricsConfiguration" }],
  DeleteBucketOwnershipControls: [{ action: "s3:PutBucketOwnershipControls" }],
  DeleteBucketPolicy: [{ action: "s3:DeleteBucketPolicy" }],
  DeleteBucketReplication: [{ action: "s3:PutReplicationConfiguration" }],
  DeleteBucketTagging: [{ action: "s3:PutBucketTagging" }],
  DeleteBucketWebsite: [{ action: "s3:DeleteBucketWebsite" }],
  DeleteObject: [
    { action: "s3:DeleteObject", versionAction: "s3:DeleteObjectVersion" },
    { action: "s3:BypassGovernanceRetention", when: "bypassesGovernance" },
  ],
  // Each key needs what DeleteObject does.
  DeleteObjects: [],
  DeleteObjectTagging: [{ action: "s3:DeleteObjectTagging", versionAction: "s3:DeleteObjectVersionTagging" }],
  DeletePublicAccessBlock: [{ action: "s3:PutBucketPublicAccessBlock" }],
  GetBucketAccelerateConfiguration: [{ action: "s3:GetAccelerateConfiguration" }],
  GetBucketAcl: [{ action: "s3:GetBucketAcl" }],
  GetBucketAnalyticsConfiguration: [{ action: "s3:GetAnalyticsConfiguration" }],
  GetBucketCors: [{ action: "s3:GetBucketCORS" }],
  GetBucketEncryption: [{ action: "s3:GetEncryptionConfiguration" }],
  GetBucketIntelligentTieringConfiguration: [{ action: "s3:GetIntelligentTieringConfiguration" }],
  GetBucketInventoryConfiguration: [{ action: "s3:GetInventoryConfiguration" }],
  GetBucketLifecycleConfiguration: [{ action: "s3:GetLifecycleConfiguration" }],
  GetBucketLocation: [{ action: "s3:GetBucketLocation" }],
  GetBucketLogging: [{ action: "s3:GetBucketLogging" }],
  GetBucketMetricsConfiguration: [{ action: "s3:GetMetricsConfiguration" }],
  GetBucketNotificationConfiguration: [{ action: "s3:GetBucketNotification" }],
  GetBucketOwnershipControls: [{ action: "s3:GetBucketOwnershipControls" }],
  GetBucketPolicy: [{ action: "s3:GetBucketPolicy" }],
  GetBucketPolicyStatus: [{ action: "s3:GetBucketPolicyStatus" }],
  GetBucketReplication: [{ action: "s3:GetReplicationConfiguration" }],
  GetBucketRequestPayment: [{ action: "s3:GetBucketRequestPayment" }],
  GetBucketTagging: [{ action: "s3:GetBucketTagging" }],
  GetBucketVersioning: [{ action: "s3:GetBucketVersioning" }],
  GetBucketWebsite: [{ action: "s3:GetBucketWebsite" }],
  GetObject: read,
  GetObjectAcl: [{ action: "s3:GetObjectAcl", versionAction: "s3:GetObjectVersionAcl" }],
  GetObjectAttributes: [...read, { action: "s3:GetObjectAttributes", versionAction: "s3:GetObjectVersionAttributes" }],
  GetObjectLegalHold: [{ action: "s3:GetObjectLegalHold" }],
  GetObjectLockConfiguration: [{ action: "s3:GetBucketObjectLockConfiguration" }],
  GetObjectRetention: [{ action: "s3:GetObjectRetention" }],
  GetObjectTagging: [{ action: "s3:GetObjectTagging", versionAction: "s3:GetObjectVersionTagging" }],
  GetObjectTorrent: [{ action: "s3:GetObjectTorrent", versionAction: "s3:GetObjectVersionTorrent" }],
  GetPublicAccessBlock: [{ action: "s3:GetBucketPublicAccessBlock" }],
  HeadBucket: [{ action: "s3:ListBucket" }],
  HeadObject: read,
  ListBucketAnalyticsConfigurations: [{ action: "s3:GetAnalyticsConfiguration" }],
  ListBucketIntelligentTieringConfigurations: [{ action: "s3:GetIntelligentTieringConfiguration" }],
  ListBucketInventoryConfigurations: [{ action: "s3:GetInventoryConfiguration" }],
  ListBucketMetricsConfigurations: [{ action: "s3:GetMetricsConfiguration" }],
  ListBuckets: [{ action: "s3:ListAllMyBuckets" }],
  ListMultipartUploads: [{ action: "s3:ListBucketMultipartUploads" }],
  ListObjects: [{ action: "s3:ListBucket" }],
  ListObjectsV2: [{ action: "s3:ListBucket" }],
  ListObjectVersions: [{ action: "s3:ListBucketVersions" }],
  ListParts: [{ action: "s3:ListMultipartUploadParts" }],
  PostObject: write,
  PutBucketAccelerateConfiguration: [{ action: "s3:PutAccelerateConfiguration" }],
  PutBucketAcl: [{ action: "s3:PutBucketAcl" }],
  PutBucketAnalyticsConfiguration: [{ action: "s3:PutAnalyticsConfiguration" }],
  PutBucketCors: [{ action: "s3:PutBucketCORS" }],
  PutBucketEncryption: [{ action: "s3:PutEncryptionConfiguration" }],
  PutBucketIntelligentTieringConfiguration: [{ action: "s3:PutIntelligentTieringConfiguration" }],
  PutBucketInventoryConfiguration: [{ action: "s3:PutInventoryConfiguration" }],
  PutBucketLifecycleConfiguration: [{ action: "s3:PutLifecycleConfiguration" }],
  PutBucketLogging: [{ action: "s3:PutBucketLogging" }],
  PutBucketMetricsConfiguration: [{ action: "s3:PutMetricsConfiguration" }],
  PutBucketNotificationConfiguration: [{ action: "s3:PutBucketNotification" }],
  PutBucketOwnershipControls: [{ action: "s3:PutBucketOwnershipControls" }],
  PutBucketPolicy: [{ action: "s3:PutBucketPolicy" }],
  PutBucketReplication: [{ action: "s3:PutReplicationConfiguration" }],
  PutBucketRequestPayment: [{ action: "s3:PutBucketRequestPayment" }],
  PutBucketTagging: [{ action: "s3:PutBucketTagging" }],
  PutBucketVersioning: [{ action: "s3:PutBucketVersioning" }],
  PutBucketWebsite: [{ action: "s3:PutBucketWebsite" }],
  PutObject: write,
  PutObjectAcl: [{ action: "s3:PutObjectAcl", versionAction: "s3:PutObjectVersionAcl" }],
  PutObjectLegalHold: [{ action: "s3:PutObjectLegalHold" }],
  PutObjectLockConfiguration: [{ action: "s3:PutBucketObjectLockConfiguration" }],
  PutObjectRetention: [
    { action: "s3:PutObjectRetention" },
    { action: "s3:BypassGovernanceRetention", when: "bypassesGovernance" },
  ],
  PutObjectTagging: [{ action: "s3:PutObjectTagging", versionAction: "s3:PutObjectVersionTagging" }],
  PutPublicAccessBlock: [{ action: "s3:PutBucketPublicAccessBlock" }],
  RenameObject: [...read, { action: "s3:PutObject" }, { action: "s3:DeleteObject" }],
  RestoreObject: [{ action: "s3:RestoreObject" }],
  SelectObjectContent: read,
  UploadPart: [{ action: "s3:PutObject" }],
  UploadPartCopy: [{ action: "s3:PutObject" }],
} as const satisfies Record<string, readonly Entry[]>;
