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
  /** A write or a delete is held against an ETag, and its outcome tells whether the object has it. */
  readonly comparesEtag?: boolean;
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

/** Instead of the first action the second one is needed when a version is named. */
function needs(action: S3Action, versionAction?: S3Action): readonly Entry[] {
  return [{ action, ...(versionAction !== undefined && { versionAction }) }];
}

/** All of these, each where the request has what it is about. */
function all(...entries: readonly Entry[]): readonly Entry[] {
  return entries;
}

const nothing: readonly Entry[] = [];

const read: readonly Entry[] = needs("s3:GetObject", "s3:GetObjectVersion");

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
  { action: "s3:GetObject", when: "comparesEtag" },
];

const table = {
  AbortMultipartUpload: needs("s3:AbortMultipartUpload"),
  CompleteMultipartUpload: all({ action: "s3:PutObject" }, { action: "s3:GetObject", when: "comparesEtag" }),
  CopyObject: write,
  CreateBucket: needs("s3:CreateBucket"),
  CreateMultipartUpload: write,
  DeleteBucket: needs("s3:DeleteBucket"),
  DeleteBucketAnalyticsConfiguration: needs("s3:PutAnalyticsConfiguration"),
  DeleteBucketCors: needs("s3:PutBucketCORS"),
  DeleteBucketEncryption: needs("s3:PutEncryptionConfiguration"),
  DeleteBucketIntelligentTieringConfiguration: needs("s3:PutIntelligentTieringConfiguration"),
  DeleteBucketInventoryConfiguration: needs("s3:PutInventoryConfiguration"),
  DeleteBucketLifecycle: needs("s3:PutLifecycleConfiguration"),
  DeleteBucketMetricsConfiguration: needs("s3:PutMetricsConfiguration"),
  DeleteBucketOwnershipControls: needs("s3:PutBucketOwnershipControls"),
  DeleteBucketPolicy: needs("s3:DeleteBucketPolicy"),
  DeleteBucketReplication: needs("s3:PutReplicationConfiguration"),
  DeleteBucketTagging: needs("s3:PutBucketTagging"),
  DeleteBucketWebsite: needs("s3:DeleteBucketWebsite"),
  DeleteObject: all(
    { action: "s3:DeleteObject", versionAction: "s3:DeleteObjectVersion" },
    { action: "s3:BypassGovernanceRetention", when: "bypassesGovernance" },
    { action: "s3:GetObject", when: "comparesEtag" },
  ),
  // Each key needs what DeleteObject does.
  DeleteObjects: nothing,
  DeleteObjectTagging: needs("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
  DeletePublicAccessBlock: needs("s3:PutBucketPublicAccessBlock"),
  GetBucketAccelerateConfiguration: needs("s3:GetAccelerateConfiguration"),
  GetBucketAcl: needs("s3:GetBucketAcl"),
  GetBucketAnalyticsConfiguration: needs("s3:GetAnalyticsConfiguration"),
  GetBucketCors: needs("s3:GetBucketCORS"),
  GetBucketEncryption: needs("s3:GetEncryptionConfiguration"),
  GetBucketIntelligentTieringConfiguration: needs("s3:GetIntelligentTieringConfiguration"),
  GetBucketInventoryConfiguration: needs("s3:GetInventoryConfiguration"),
  GetBucketLifecycleConfiguration: needs("s3:GetLifecycleConfiguration"),
  GetBucketLocation: needs("s3:GetBucketLocation"),
  GetBucketLogging: needs("s3:GetBucketLogging"),
  GetBucketMetricsConfiguration: needs("s3:GetMetricsConfiguration"),
  GetBucketNotificationConfiguration: needs("s3:GetBucketNotification"),
  GetBucketOwnershipControls: needs("s3:GetBucketOwnershipControls"),
  GetBucketPolicy: needs("s3:GetBucketPolicy"),
  GetBucketPolicyStatus: needs("s3:GetBucketPolicyStatus"),
  GetBucketReplication: needs("s3:GetReplicationConfiguration"),
  GetBucketRequestPayment: needs("s3:GetBucketRequestPayment"),
  GetBucketTagging: needs("s3:GetBucketTagging"),
  GetBucketVersioning: needs("s3:GetBucketVersioning"),
  GetBucketWebsite: needs("s3:GetBucketWebsite"),
  GetObject: read,
  GetObjectAcl: needs("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
  GetObjectAttributes: all(...read, ...needs("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes")),
  GetObjectLegalHold: needs("s3:GetObjectLegalHold"),
  GetObjectLockConfiguration: needs("s3:GetBucketObjectLockConfiguration"),
  GetObjectRetention: needs("s3:GetObjectRetention"),
  GetObjectTagging: needs("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
  GetObjectTorrent: needs("s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"),
  GetPublicAccessBlock: needs("s3:GetBucketPublicAccessBlock"),
  HeadBucket: needs("s3:ListBucket"),
  HeadObject: read,
  ListBucketAnalyticsConfigurations: needs("s3:GetAnalyticsConfiguration"),
  ListBucketIntelligentTieringConfigurations: needs("s3:GetIntelligentTieringConfiguration"),
  ListBucketInventoryConfigurations: needs("s3:GetInventoryConfiguration"),
  ListBucketMetricsConfigurations: needs("s3:GetMetricsConfiguration"),
  ListBuckets: needs("s3:ListAllMyBuckets"),
  ListMultipartUploads: needs("s3:ListBucketMultipartUploads"),
  ListObjects: needs("s3:ListBucket"),
  ListObjectsV2: needs("s3:ListBucket"),
  ListObjectVersions: needs("s3:ListBucketVersions"),
  ListParts: needs("s3:ListMultipartUploadParts"),
  PostObject: write,
  PutBucketAccelerateConfiguration: needs("s3:PutAccelerateConfiguration"),
  PutBucketAcl: needs("s3:PutBucketAcl"),
  PutBucketAnalyticsConfiguration: needs("s3:PutAnalyticsConfiguration"),
  PutBucketCors: needs("s3:PutBucketCORS"),
  PutBucketEncryption: needs("s3:PutEncryptionConfiguration"),
  PutBucketIntelligentTieringConfiguration: needs("s3:PutIntelligentTieringConfiguration"),
  PutBucketInventoryConfiguration: needs("s3:PutInventoryConfiguration"),
  PutBucketLifecycleConfiguration: needs("s3:PutLifecycleConfiguration"),
  PutBucketLogging: needs("s3:PutBucketLogging"),
  PutBucketMetricsConfiguration: needs("s3:PutMetricsConfiguration"),
  PutBucketNotificationConfiguration: needs("s3:PutBucketNotification"),
  PutBucketOwnershipControls: needs("s3:PutBucketOwnershipControls"),
  PutBucketPolicy: needs("s3:PutBucketPolicy"),
  PutBucketReplication: needs("s3:PutReplicationConfiguration"),
  PutBucketRequestPayment: needs("s3:PutBucketRequestPayment"),
  PutBucketTagging: needs("s3:PutBucketTagging"),
  PutBucketVersioning: needs("s3:PutBucketVersioning"),
  PutBucketWebsite: needs("s3:PutBucketWebsite"),
  PutObject: write,
  PutObjectAcl: needs("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
  PutObjectLegalHold: needs("s3:PutObjectLegalHold"),
  PutObjectLockConfiguration: needs("s3:PutBucketObjectLockConfiguration"),
  PutObjectRetention: all(
    { action: "s3:PutObjectRetention" },
    { action: "s3:BypassGovernanceRetention", when: "bypassesGovernance" },
  ),
  PutObjectTagging: needs("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
  PutPublicAccessBlock: needs("s3:PutBucketPublicAccessBlock"),
  RenameObject: needs("s3:PutObject"),
  RestoreObject: needs("s3:RestoreObject"),
  SelectObjectContent: read,
  UploadPart: needs("s3:PutObject"),
  UploadPartCopy: needs("s3:PutObject"),
} satisfies Record<string, readonly Entry[]>;
