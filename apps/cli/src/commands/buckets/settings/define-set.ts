import { defineCommand } from "../../../command/define-command.ts";
import {
  choice,
  choiceOr,
  durationSeconds,
  flag,
  integer,
  oneOf,
  option,
  optionalArgument,
  pair,
  repeated,
} from "../../../command/options.ts";
import { bucket, byteSize, orNone, service, when } from "../options.ts";

// The commands that set a setting: each takes a file, and options for what is frequent.

const file = optionalArgument("JSON or S3's XML; - for stdin");
const add = flag("--add", "keep the rules that there are; one of the same id is replaced");
const prefix = option("--prefix <prefix>", "only keys that begin with it");
const id = option("--id <id>", "a name for the rule");
const days = integer({ from: 1, to: 100_000 });

export const policySet = defineCommand({
  name: "buckets policy set",
  summary: "Replaces the policy of a bucket.",
  about: "Everybody may read: stave buckets visibility set does that without touching the rest.",
  arguments: { bucket, file },
  options: { service },
  examples: ["buckets policy set photos policy.json", "buckets policy set photos - < policy.json"],
  next: ["buckets policy get photos", "buckets visibility get photos"],
  operations: ["putBucketPolicy"],
});

export const corsSet = defineCommand({
  name: "buckets cors set",
  summary: "Says which web pages may use a bucket from a browser.",
  arguments: { bucket, file },
  options: {
    service,
    origin: repeated("--origin <origin>", "of the page: https://app.example.com"),
    method: repeated(
      "--method <method>",
      "GET, HEAD, PUT, POST or DELETE; without it, GET and HEAD",
      oneOf(["GET", "HEAD", "PUT", "POST", "DELETE"]),
    ),
    header: repeated("--header <name>", "that the page may send; without it, all"),
    expose: repeated("--expose <name>", "a header that the page may read; ETag"),
    maxAge: option("--max-age <duration>", "how long browsers remember it: 1h", durationSeconds),
    id,
    add,
  },
  examples: [
    "buckets cors set photos --origin https://app.example.com",
    "buckets cors set photos --origin https://a.example --method PUT --add",
    "buckets cors set photos cors.json",
  ],
  next: ["buckets cors get photos"],
  operations: ["putBucketCors", "getBucketCors"],
});

const lifecycleRule = {
  prefix,
  tag: option("--tag <key=value>", "only objects with this tag", pair),
  expireDays: option("--expire-days <n>", "delete objects after so many days", days),
  noncurrentDays: option("--noncurrent-days <n>", "delete versions that were replaced so long ago", days),
  keepVersions: option("--keep-versions <n>", "but keep this many of them", integer({ from: 1, to: 100 })),
  abortUploadsDays: option("--abort-uploads-days <n>", "drop unfinished uploads after so many days", days),
  dropMarkers: flag("--drop-markers", "delete markers that have no versions left"),
  id,
};

export const lifecycleSet = defineCommand({
  name: "buckets lifecycle set",
  summary: "Says what is deleted by itself, and when.",
  about:
    "--dry-run names what the rules would delete now. In a bucket with versions, what expires gets a delete marker.",
  arguments: { bucket, file },
  options: {
    service,
    ...lifecycleRule,
    add,
    dryRun: flag("--dry-run", "name what would go now, and change nothing"),
  },
  examples: [
    "buckets lifecycle set photos --expire-days 30 --prefix tmp/ --dry-run",
    "buckets lifecycle set photos --noncurrent-days 90 --id old --add",
    "buckets lifecycle set photos lifecycle.json",
  ],
  next: ["buckets lifecycle plan photos --at 30d"],
  operations: ["putBucketLifecycle", "getBucketLifecycle", "planBucketLifecycle"],
});

export const lifecyclePlan = defineCommand({
  name: "buckets lifecycle plan",
  summary: "Names what the lifecycle rules would delete; nothing is deleted.",
  about: "The first 1,000 of it. With a file: as if its rules were those of the bucket.",
  arguments: { bucket, file },
  options: { service, at: option("--at <time>", "as if it were 2030-01-31, or 30d from now", when) },
  examples: ["buckets lifecycle plan photos", "buckets lifecycle plan photos --at 30d --json"],
  operations: ["planBucketLifecycle"],
});

export const tagsSet = defineCommand({
  name: "buckets tags set",
  summary: "Replaces the tags of a bucket.",
  arguments: { bucket, file },
  options: {
    service,
    tag: repeated("--tag <key=value>", "a tag", pair),
    add: flag("--add", "keep the tags that there are"),
  },
  examples: ["buckets tags set photos --tag team=web --tag env=prod", "buckets tags set photos --tag env=test --add"],
  operations: ["putBucketTags", "getBucketTags"],
});

export const encryptionSet = defineCommand({
  name: "buckets encryption set",
  summary: "Says how objects are encrypted that come from now on.",
  about: "What is there already stays as it is.",
  arguments: { bucket, file },
  options: { service, algorithm: choice("--algorithm <name>", "of the server", ["AES256"]) },
  examples: ["buckets encryption set photos --algorithm AES256", "buckets encryption set photos encryption.json"],
  operations: ["putBucketEncryption"],
});

export const websiteSet = defineCommand({
  name: "buckets website set",
  summary: "Serves a bucket as a website.",
  arguments: { bucket, file },
  options: {
    service,
    index: option("--index <name>", "what is served for a folder: index.html"),
    error: option("--error <key>", "what is served for what there is not: 404.html"),
    redirectTo: option("--redirect-to <host>", "send everybody to another host instead"),
    protocol: choice("--protocol <protocol>", "of the redirect", ["http", "https"]),
  },
  examples: [
    "buckets website set photos --index index.html --error 404.html",
    "buckets website set photos --redirect-to example.com --protocol https",
  ],
  next: ["buckets visibility set photos public"],
  operations: ["putBucketWebsite"],
});

export const notificationsSet = defineCommand({
  name: "buckets notifications set",
  summary: "Tells a webhook what changes in a bucket.",
  about: "Which webhooks there are is said by the operator, with --webhook-targets of the gateway.",
  arguments: { bucket, file },
  options: {
    service,
    webhook: option("--webhook <name>", "as the operator has named it"),
    event: repeated("--event <event>", "s3:ObjectRemoved:*; without it, s3:ObjectCreated:*"),
    prefix,
    suffix: option("--suffix <suffix>", "only keys that end with it"),
    id,
    add,
  },
  examples: [
    "buckets notifications set photos --webhook thumbnails --suffix .jpg",
    "buckets notifications set photos notifications.json",
  ],
  operations: ["putBucketNotifications", "getBucketNotifications"],
});

export const replicationSet = defineCommand({
  name: "buckets replication set",
  summary: "Copies what comes into a bucket to another server.",
  about:
    "Which servers there are is said by the operator, with --replication-remotes of the gateway. Both buckets need versioning.",
  arguments: { bucket, file },
  options: {
    service,
    to: option("--to <remote/bucket>", "where to: office/photos-copy"),
    prefix,
    deleteMarkers: flag("--delete-markers", "copy delete markers too"),
    priority: option("--priority <n>", "of rules for the same keys the highest counts", integer({ to: 1_000_000 })),
    id,
    add,
  },
  examples: [
    "buckets replication set photos --to office/photos-copy --delete-markers",
    "buckets replication set photos replication.json",
  ],
  next: ["buckets versioning enable photos"],
  operations: ["putBucketReplication", "getBucketReplication"],
});

export const loggingSet = defineCommand({
  name: "buckets logging set",
  summary: "Writes a log of all requests into another bucket.",
  arguments: { bucket, file },
  options: {
    service,
    to: option("--to <bucket>", "the bucket that gets the logs"),
    prefix: option("--prefix <prefix>", "what their keys begin with: logs/"),
  },
  examples: ["buckets logging set photos --to logs --prefix photos/", "buckets logging set photos logging.json"],
  operations: ["putBucketLogging"],
});

export const ownershipSet = defineCommand({
  name: "buckets ownership set",
  summary: "Says whose objects are that others store.",
  arguments: { bucket, file },
  options: {
    service,
    rule: choice("--rule <rule>", "the rule", ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]),
  },
  examples: ["buckets ownership set photos --rule BucketOwnerEnforced", "buckets ownership set photos ownership.json"],
  operations: ["putBucketOwnership"],
});

export const publicAccessBlockSet = defineCommand({
  name: "buckets public-access-block set",
  summary: "Forbids that anything of a bucket becomes public.",
  about: "What is not named is allowed.",
  arguments: { bucket, file },
  options: {
    service,
    all: flag("--all", "all four"),
    blockPublicAcls: flag("--block-public-acls", "refuse ACLs that are public"),
    ignorePublicAcls: flag("--ignore-public-acls", "as if there were none"),
    blockPublicPolicy: flag("--block-public-policy", "refuse policies that are public"),
    restrictPublicBuckets: flag("--restrict-public-buckets", "nobody else gets in by one that is"),
  },
  examples: [
    "buckets public-access-block set photos --all",
    "buckets public-access-block set photos --block-public-policy",
  ],
  operations: ["putBucketPublicAccessBlock"],
});

export const versioningEnable = defineCommand({
  name: "buckets versioning enable",
  summary: "Keeps the versions of objects that are replaced or deleted.",
  arguments: { bucket },
  options: { service },
  examples: ["buckets versioning enable photos", "buckets versioning enable photos --json"],
  next: ["buckets lifecycle set photos --noncurrent-days 90 --add"],
  operations: ["putBucketVersioning"],
});

export const versioningSuspend = defineCommand({
  name: "buckets versioning suspend",
  summary: "Makes no new versions; those that there are stay.",
  arguments: { bucket },
  options: { service },
  examples: ["buckets versioning suspend photos", "buckets versioning suspend photos --json"],
  operations: ["putBucketVersioning"],
});

export const quotaSet = defineCommand({
  name: "buckets quota set",
  summary: "Limits what a bucket may hold. What is not named stays.",
  about: "One that holds more keeps it, and takes no more.",
  arguments: { bucket, file },
  options: {
    service,
    maxSize: option("--max-size <size>", "10GiB, of all versions together; none", orNone(byteSize)),
    maxVersions: option("--max-versions <n>", "objects and versions; none", orNone(integer())),
  },
  examples: ["buckets quota set photos --max-size 10GiB", "buckets quota set photos --max-size none"],
  next: ["buckets quota get photos"],
  operations: ["putBucketQuota", "getBucketQuota"],
});

export const lockSet = defineCommand({
  name: "buckets lock set",
  summary: "Locks what is stored from now on for so long.",
  about:
    "The bucket must have been made with --lock. Under compliance nobody can delete a version before its time, not even the operator; it is asked for.",
  arguments: { bucket, file },
  options: {
    service,
    mode: choiceOr("--mode <mode>", "who may lift it: some, or nobody", ["governance", "compliance"], "governance"),
    days: option("--days <n>", "how long", days),
    years: option("--years <n>", "how long", integer({ from: 1, to: 100 })),
    none: flag("--none", "no lock unless the request asks for one"),
  },
  examples: ["buckets lock set archive --days 30", "buckets lock set archive --none"],
  next: ["buckets lock get archive"],
  operations: ["putBucketObjectLock"],
});
