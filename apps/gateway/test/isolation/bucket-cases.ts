import type { S3Request } from "../support/s3-client.ts";
import type { Case } from "./case.ts";
import type { AccessClass } from "./expected.ts";
import type { Place, Target } from "./places.ts";
import { onBucket, type Texts } from "./requests.ts";

const bothBuckets: readonly Place[] = ["inside", "elsewhere"];
const everywhere: readonly Place[] = ["inside", "beside", "elsewhere"];

function bucketCase(access: AccessClass, request: Case["request"], more: Partial<Case> = {}): readonly Case[] {
  return [{ class: access, places: bothBuckets, request, ...more }];
}

/** Setting, reading and removing one configuration. */
function configuration(query: Texts, document: string | ((at: Target) => string), more: Partial<Case> = {}) {
  const put = onBucket("PUT", { query, body: document });
  const remove = onBucket("DELETE", { query });
  const isThere = { ...more, before: [...(more.before ?? []), put] };
  return {
    request: put,
    put: bucketCase("change the bucket", put, more),
    get: bucketCase("read the bucket", onBucket("GET", { query }), isThere),
    remove: bucketCase("change the bucket", remove, isThere),
  };
}

/** Listings are aimed by their prefix: at what is beside one by none. */
function listing(access: AccessClass, query: Texts, more: Partial<Case> = {}): readonly Case[] {
  const list = ({ bucket }: Target, prefix: Texts): S3Request => ({
    path: `/${bucket}`,
    query: { ...query, ...prefix },
  });
  const byPrefix = (at: Target) => list(at, at.place === "beside" ? {} : { prefix: at.prefix });
  const byKey = (at: Target) => list(at, { prefix: at.key, delimiter: "/" });
  return [
    { class: access, places: everywhere, request: byPrefix, ...more },
    { class: access, places: everywhere, request: byKey, variant: "by a key", ...more },
  ];
}

function withId(name: string): { readonly get: readonly Case[]; readonly list: readonly Case[] } {
  const read = "read the bucket";
  return {
    get: bucketCase(read, onBucket("GET", { query: { [name]: "", id: "one" } }), { missing: "NoSuchConfiguration" }),
    list: bucketCase(read, onBucket("GET", { query: { [name]: "" } })),
  };
}

const policy = configuration({ policy: "" }, ({ bucket }) =>
  JSON.stringify({
    Version: "2012-10-17",
    // It says nothing about anybody here, and so changes nothing for them.
    Statement: {
      Effect: "Allow",
      Principal: { AWS: "999999999999" },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
    },
  }),
);
const cors = configuration(
  { cors: "" },
  "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
);
const encryption = configuration(
  { encryption: "" },
  "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
);
const lifecycle = configuration(
  { lifecycle: "" },
  "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>old/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>",
);
const tagging = configuration(
  { tagging: "" },
  "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
);
const website = configuration(
  { website: "" },
  "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
);
const ownership = configuration(
  { ownershipControls: "" },
  "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>",
);
const accessBlock = configuration(
  { publicAccessBlock: "" },
  "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
);
const replication = configuration(
  { replication: "" },
  "<ReplicationConfiguration><Role>any</Role><Rule><Priority>1</Priority><Status>Enabled</Status><Filter/><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::office/copies</Bucket></Destination></Rule></ReplicationConfiguration>",
  { buckets: "versioned" },
);
const notification = configuration(
  { notification: "" },
  "<NotificationConfiguration><TopicConfiguration><Topic>arn:stave:webhook:us-east-1::hook</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration></NotificationConfiguration>",
);
const logging = configuration(
  { logging: "" },
  ({ bucket }) =>
    `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${bucket}</TargetBucket><TargetPrefix>logs/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
);
const lock = configuration(
  { "object-lock": "" },
  "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
  { buckets: "locked" },
);
const analytics = withId("analytics");
const inventory = withId("inventory");
const metrics = withId("metrics");
const tiering = withId("intelligent-tiering");

/** Operations on the service and on buckets. */
export const bucketCases = {
  ListBuckets: [{ class: "list all buckets", places: ["inside"], request: () => ({ path: "/" }) }],
  CreateBucket: [
    { class: "create a bucket", places: ["inside"], request: () => ({ method: "PUT", path: "/a-new-bucket" }) },
    {
      class: "create a bucket",
      variant: "public",
      places: ["inside"],
      request: () => ({ method: "PUT", path: "/a-new-bucket", headers: { "x-amz-acl": "public-read" } }),
    },
  ],
  DeleteBucket: bucketCase("change the bucket", onBucket("DELETE"), { isEmpty: true }),
  HeadBucket: bucketCase("look for the bucket", onBucket("HEAD")),
  GetBucketLocation: bucketCase("locate the bucket", onBucket("GET", { query: { location: "" } })),
  ListObjects: listing("list", {}),
  ListObjectsV2: listing("list", { "list-type": "2" }),
  ListMultipartUploads: listing("list uploads", { uploads: "" }, { hasUploads: true }),
  ListObjectVersions: listing("list versions", { versions: "" }, { buckets: "versioned" }),
  GetBucketVersioning: bucketCase("read the bucket", onBucket("GET", { query: { versioning: "" } })),
  PutBucketVersioning: bucketCase(
    "change the bucket",
    onBucket("PUT", {
      query: { versioning: "" },
      body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    }),
  ),
  GetBucketAcl: bucketCase("read the bucket", onBucket("GET", { query: { acl: "" } })),
  PutBucketAcl: bucketCase(
    "change the bucket",
    onBucket("PUT", { query: { acl: "" }, headers: { "x-amz-acl": "authenticated-read" } }),
  ),
  GetBucketCors: cors.get,
  PutBucketCors: cors.put,
  DeleteBucketCors: cors.remove,
  GetBucketEncryption: encryption.get,
  PutBucketEncryption: encryption.put,
  DeleteBucketEncryption: encryption.remove,
  GetBucketLifecycleConfiguration: lifecycle.get,
  PutBucketLifecycleConfiguration: lifecycle.put,
  DeleteBucketLifecycle: lifecycle.remove,
  GetBucketLogging: logging.get,
  PutBucketLogging: [
    ...logging.put,
    {
      class: "log into a bucket",
      variant: "of photos, into there",
      places: bothBuckets,
      request: (at) => ({ ...logging.request(at), path: "/photos" }),
    },
  ],
  GetBucketNotificationConfiguration: notification.get,
  PutBucketNotificationConfiguration: notification.put,
  GetBucketOwnershipControls: ownership.get,
  PutBucketOwnershipControls: ownership.put,
  DeleteBucketOwnershipControls: ownership.remove,
  GetBucketPolicy: policy.get,
  GetBucketPolicyStatus: bucketCase("read the bucket", onBucket("GET", { query: { policyStatus: "" } }), {
    before: [policy.request],
  }),
  PutBucketPolicy: policy.put,
  DeleteBucketPolicy: policy.remove,
  GetPublicAccessBlock: accessBlock.get,
  PutPublicAccessBlock: accessBlock.put,
  DeletePublicAccessBlock: accessBlock.remove,
  GetBucketReplication: replication.get,
  PutBucketReplication: replication.put,
  DeleteBucketReplication: replication.remove,
  GetBucketRequestPayment: bucketCase("read the bucket", onBucket("GET", { query: { requestPayment: "" } })),
  PutBucketRequestPayment: bucketCase(
    "change the bucket",
    onBucket("PUT", {
      query: { requestPayment: "" },
      body: "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
    }),
  ),
  GetBucketTagging: tagging.get,
  PutBucketTagging: tagging.put,
  DeleteBucketTagging: tagging.remove,
  GetBucketWebsite: website.get,
  PutBucketWebsite: website.put,
  DeleteBucketWebsite: website.remove,
  GetObjectLockConfiguration: lock.get,
  PutObjectLockConfiguration: lock.put,
  GetBucketAccelerateConfiguration: bucketCase("read the bucket", onBucket("GET", { query: { accelerate: "" } })),
  GetBucketAnalyticsConfiguration: analytics.get,
  ListBucketAnalyticsConfigurations: analytics.list,
  GetBucketInventoryConfiguration: inventory.get,
  ListBucketInventoryConfigurations: inventory.list,
  GetBucketMetricsConfiguration: metrics.get,
  ListBucketMetricsConfigurations: metrics.list,
  GetBucketIntelligentTieringConfiguration: tiering.get,
  ListBucketIntelligentTieringConfigurations: tiering.list,
} satisfies Readonly<Record<string, readonly Case[]>>;
