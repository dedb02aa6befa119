import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, integer, negativeFlag, oneOf, option, pair, repeated } from "../../command/options.ts";
import { bucket, byteSize, service } from "./options.ts";
import { settingCommands, settingGroups } from "./settings/index.ts";

export const bucketGroups: readonly CommandGroup[] = [
  { name: "buckets", aliases: ["bucket"], summary: "Buckets, and how they are set up." },
  { name: "buckets visibility", summary: "Whether everybody may read the objects." },
  ...settingGroups,
];

export const bucketsList = defineCommand({
  name: "buckets list",
  aliases: ["ls"],
  summary: "Lists the buckets of a service.",
  arguments: {},
  options: { service },
  examples: ["buckets list", "buckets list --service my-storage --json"],
  next: ["buckets show photos", "buckets create photos"],
  operations: ["listBuckets"],
});

export const bucketsCreate = defineCommand({
  name: "buckets create",
  summary: "Makes a bucket. It is private unless --public is given.",
  arguments: { bucket: argument("its name: 3 to 63 lower-case letters, digits, hyphens and dots") },
  options: {
    service,
    public: flag("--public", "everybody may read its objects"),
    versioning: flag("--versioning", "keep the versions that are replaced or deleted"),
    lock: flag("--lock", "versions can be locked; for good, and with versioning"),
    maxSize: option("--max-size <size>", "hold no more: 10GiB", byteSize),
    maxVersions: option("--max-versions <n>", "hold no more objects and versions", integer()),
    tag: repeated("--tag <key=value>", "a tag", pair),
    ifNotExists: flag("--if-not-exists", "one of this name that is there will do"),
  },
  examples: [
    "buckets create photos --if-not-exists",
    "buckets create archive --versioning --max-size 10GiB --tag team=web",
  ],
  next: ["keys create --bucket photos --access read-write", "cp FILE s3://photos"],
  operations: ["createBucket", "getBucket", "putBucketVersioning", "putBucketQuota", "putBucketTags"],
});

export const bucketsShow = defineCommand({
  name: "buckets show",
  summary: "Shows one bucket with all of its settings.",
  arguments: { bucket },
  options: { service },
  examples: ["buckets show photos", "buckets show photos --json"],
  next: ["buckets lifecycle get photos", "credentials list photos"],
  operations: [
    "getBucket",
    "getBucketPolicy",
    "getBucketCors",
    "getBucketLifecycle",
    "getBucketTags",
    "getBucketEncryption",
    "getBucketOwnership",
    "getBucketPublicAccessBlock",
    "getBucketWebsite",
    "getBucketNotifications",
    "getBucketReplication",
    "getBucketLogging",
    "getBucketVersioning",
    "getBucketObjectLock",
    "getBucketQuota",
  ],
});

export const bucketsDelete = defineCommand({
  name: "buckets delete",
  aliases: ["rm", "remove"],
  summary: "Deletes a bucket; one with objects only by --with-objects.",
  about: "A bucket that a project is linked to is refused. The credentials of the bucket are revoked.",
  arguments: { bucket },
  options: {
    service,
    withObjects: flag("--with-objects", "and all that is in it: objects, versions, uploads"),
    dryRun: flag("--dry-run", "say what would go, and change nothing"),
    force: flag("-f, --force", "do not ask"),
    noWait: negativeFlag("--no-wait", "do not wait until all is gone; print the job"),
  },
  examples: ["buckets delete photos --dry-run --with-objects", "buckets delete photos --with-objects -f"],
  isDestructive: true,
  operations: [
    "deleteBucket",
    "getBucket",
    "getBucketQuota",
    "listObjectVersions",
    "listBucketCredentials",
    "listLinksOfService",
    "getServiceBySlug",
    "getJob",
  ],
});

export const bucketsVisibilityGet = defineCommand({
  name: "buckets visibility get",
  summary: "Says whether everybody may read the objects: private or public-read.",
  arguments: { bucket },
  options: { service },
  examples: ["buckets visibility get photos", "buckets visibility get photos --json"],
  operations: ["getBucket"],
});

export const bucketsVisibilitySet = defineCommand({
  name: "buckets visibility set",
  summary: "Lets everybody read the objects, or only who has a key.",
  about: "One statement of the policy says so; the others stay as they are.",
  arguments: {
    bucket,
    visibility: argument("private, or public", oneOf(["private", "public", "public-read"])),
  },
  options: { service },
  examples: ["buckets visibility set photos public", "buckets visibility set photos private"],
  next: ["buckets policy get photos"],
  operations: ["changeBucket"],
});

export const bucketCommands: readonly AnyCommand[] = [
  withCode(bucketsList, async () => (await import("./buckets-list.ts")).run),
  withCode(bucketsCreate, async () => (await import("./buckets-create.ts")).run),
  withCode(bucketsShow, async () => (await import("./buckets-show.ts")).run),
  withCode(bucketsDelete, async () => (await import("./buckets-delete.ts")).run),
  withCode(bucketsVisibilityGet, async () => (await import("./buckets-visibility-get.ts")).run),
  withCode(bucketsVisibilitySet, async () => (await import("./buckets-visibility-set.ts")).run),
  ...settingCommands,
];
