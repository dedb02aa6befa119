import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import {
  bucketTagsSchema,
  corsSchema,
  encryptionSchema,
  lifecycleSchema,
  loggingSchema,
  notificationsSchema,
  objectLockSchema,
  ownershipSchema,
  policySchema,
  publicAccessBlockSchema,
  replicationSchema,
  versioningSchema,
  websiteSchema,
} from "./bucket-settings.ts";
import { serviceQuery } from "./service-query.ts";
import { bucketParams, storageProblems, tag } from "./storage-schemas.ts";

type Setting<Schema extends z.ZodType> = {
  /** The last part of the path. */
  readonly path: string;
  /** `the policy`, for summaries. */
  readonly what: string;
  readonly schema: Schema;
};

function readAndWrite<Name extends string, Schema extends z.ZodType>(name: Name, setting: Setting<Schema>) {
  const { path, what, schema } = setting;
  const place = {
    path: `/api/storage/buckets/{bucket}/${path}`,
    tag,
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
  } as const;
  const get = defineRoute({
    method: "get",
    ...place,
    summary: `${what} of a bucket, with an ETag; null when there is none.`,
    access: "storage:read",
    answers: { 200: z.strictObject({ data: schema.nullable() }) },
    problems: storageProblems,
  });
  const put = defineRoute({
    method: "put",
    ...place,
    summary: `Replaces ${what.toLowerCase()} of a bucket; with \`If-Match\` only what has this ETag.`,
    access: "storage:admin",
    body: schema,
    answers: { 200: z.strictObject({ data: schema.nullable() }) },
    problems: [...storageProblems, "PRECONDITION_FAILED"],
  });
  return { [`getBucket${name}`]: get, [`putBucket${name}`]: put } as {
    readonly [Id in `getBucket${Name}`]: typeof get;
  } & { readonly [Id in `putBucket${Name}`]: typeof put };
}

/** With a route that takes it away. */
function removable<Name extends string, Schema extends z.ZodType>(name: Name, setting: Setting<Schema>) {
  const remove = defineRoute({
    method: "delete",
    path: `/api/storage/buckets/{bucket}/${setting.path}`,
    summary: `Takes ${setting.what.toLowerCase()} of a bucket away. None there is no error.`,
    tag,
    access: "storage:admin",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    answers: { 204: "empty" },
    problems: [...storageProblems, "PRECONDITION_FAILED"],
  });
  return {
    ...readAndWrite(name, setting),
    ...({ [`deleteBucket${name}`]: remove } as { readonly [Id in `deleteBucket${Name}`]: typeof remove }),
  };
}

const planEntry = z
  .strictObject({
    key: z.string(),
    /** `delete-object`, `add-delete-marker`, `delete-noncurrent-version`, `delete-expired-marker` or `abort-upload`. */
    action: z.string(),
    versionId: z.string().nullable(),
    uploadId: z.string().nullable(),
    sizeBytes: z.int().nullable(),
    ruleId: z.string(),
    dueAt: timestamp(),
  })
  .openapi("LifecyclePlanEntry");

const quotaLimits = {
  /** Of all versions together. Null: no limit. */
  maxSizeBytes: z.int().min(0).nullable(),
  maxVersions: z.int().min(0).nullable(),
};

const quotaState = z
  .strictObject({
    ...quotaLimits,
    usage: z.strictObject({ objects: z.int(), versions: z.int(), sizeBytes: z.int() }),
  })
  .openapi("BucketQuota");

export const storageSettingRoutes = {
  ...removable("Policy", { path: "policy", what: "The policy", schema: policySchema }),
  ...removable("Cors", { path: "cors", what: "The CORS rules", schema: corsSchema }),
  ...removable("Lifecycle", { path: "lifecycle", what: "The lifecycle rules", schema: lifecycleSchema }),
  ...readAndWrite("Versioning", { path: "versioning", what: "The versioning", schema: versioningSchema }),
  ...readAndWrite("ObjectLock", { path: "object-lock", what: "The object lock", schema: objectLockSchema }),
  ...removable("Tags", { path: "tags", what: "The tags", schema: bucketTagsSchema }),
  ...removable("Encryption", { path: "encryption", what: "The encryption", schema: encryptionSchema }),
  ...removable("Ownership", { path: "ownership", what: "The object ownership", schema: ownershipSchema }),
  ...removable("PublicAccessBlock", {
    path: "public-access-block",
    what: "The public access block",
    schema: publicAccessBlockSchema,
  }),
  ...removable("Website", { path: "website", what: "The website", schema: websiteSchema }),
  ...removable("Notifications", { path: "notifications", what: "The notifications", schema: notificationsSchema }),
  ...removable("Replication", { path: "replication", what: "The replication rules", schema: replicationSchema }),
  ...removable("Logging", { path: "logging", what: "The access log", schema: loggingSchema }),
  planBucketLifecycle: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/lifecycle/plan",
    summary:
      "What lifecycle rules would do, and nothing of it is done: these, or those of the bucket. Answers the first 1,000 entries; `total` is null when there are more. For services of the built-in engine.",
    tag,
    access: "storage:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: z.strictObject({
      rules: lifecycleSchema.shape.rules.optional(),
      /** As if it were this time. @default now */
      at: timestamp().optional(),
    }),
    answers: {
      200: z.strictObject({ data: z.strictObject({ entries: z.array(planEntry), total: z.int().nullable() }) }),
    },
    problems: storageProblems,
  }),
  getBucketQuota: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/quota",
    summary: "What a bucket may hold and what it holds, exactly. For services of the built-in engine.",
    tag,
    access: "storage:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    answers: { 200: z.strictObject({ data: quotaState }) },
    problems: storageProblems,
  }),
  putBucketQuota: defineRoute({
    method: "put",
    path: "/api/storage/buckets/{bucket}/quota",
    summary: "Limits what a bucket may hold, or no longer. One that holds more keeps it and takes no more.",
    tag,
    access: "storage:admin",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: z.strictObject(quotaLimits),
    answers: { 200: z.strictObject({ data: quotaState }) },
    problems: [...storageProblems, "PRECONDITION_FAILED"],
  }),
};
