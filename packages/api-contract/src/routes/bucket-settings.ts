import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { tagNames } from "./storage-schemas.ts";

// The settings of a bucket in S3's own words, in lower camel case: what each field means is in
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

const text = z.string().max(2048);
const id = z.string().min(1).max(255);
const enabled = z.enum(["Enabled", "Disabled"]);
const days = z.int().min(1);
const s3Tag = z.strictObject({ key: z.string().min(1).max(128), value: z.string().max(256) });

const statement = z.union([z.looseObject({}), z.array(z.looseObject({})).max(1000)]);

export const policySchema = z.looseObject({ Version: z.string().optional(), Statement: statement });

export const corsSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: id.optional(),
        allowedMethods: z
          .array(z.enum(["GET", "PUT", "POST", "DELETE", "HEAD"]))
          .min(1)
          .max(5),
        allowedOrigins: z.array(text).min(1).max(100),
        allowedHeaders: z.array(text).max(100).optional(),
        exposeHeaders: z.array(text).max(100).optional(),
        maxAgeSeconds: z.int().min(0).optional(),
      }),
    )
    .min(1)
    .max(100),
});

const lifecycleConditions = {
  prefix: text.optional(),
  objectSizeGreaterThan: z.int().min(0).optional(),
  objectSizeLessThan: z.int().min(1).optional(),
};

export const lifecycleSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: id.optional(),
        status: enabled,
        filter: z
          .strictObject({
            ...lifecycleConditions,
            tag: s3Tag.optional(),
            and: z.strictObject({ ...lifecycleConditions, tags: z.array(s3Tag).max(10).optional() }).optional(),
          })
          .optional(),
        expiration: z
          .strictObject({
            days: days.optional(),
            date: timestamp().optional(),
            expiredObjectDeleteMarker: z.boolean().optional(),
          })
          .optional(),
        noncurrentVersionExpiration: z
          .strictObject({ noncurrentDays: days, newerNoncurrentVersions: z.int().min(1).max(100).optional() })
          .optional(),
        abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: days }).optional(),
      }),
    )
    .min(1)
    .max(1000),
});

export const versioningSchema = z.strictObject({ status: z.enum(["Enabled", "Suspended"]) });

export const objectLockSchema = z.strictObject({
  /** Of what is stored without one of its own. Null: none. */
  defaultRetention: z
    .strictObject({ mode: z.enum(["GOVERNANCE", "COMPLIANCE"]), days: days.optional(), years: days.optional() })
    .nullable(),
});

export const bucketTagsSchema = z.strictObject({
  tags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 50, "Expected at most 50 tags")
    .openapi({ ...tagNames, maxProperties: 50 }),
});

export const encryptionSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        applyServerSideEncryptionByDefault: z
          .strictObject({ sseAlgorithm: text, kmsMasterKeyId: text.optional() })
          .optional(),
        bucketKeyEnabled: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(1),
});

export const ownershipSchema = z.strictObject({
  objectOwnership: z.enum(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]),
});

export const publicAccessBlockSchema = z.strictObject({
  blockPublicAcls: z.boolean().default(false),
  ignorePublicAcls: z.boolean().default(false),
  blockPublicPolicy: z.boolean().default(false),
  restrictPublicBuckets: z.boolean().default(false),
});

const protocol = z.enum(["http", "https"]).optional();

export const websiteSchema = z.strictObject({
  indexDocument: z.strictObject({ suffix: text }).optional(),
  errorDocument: z.strictObject({ key: text }).optional(),
  redirectAllRequestsTo: z.strictObject({ hostName: text, protocol }).optional(),
  routingRules: z
    .array(
      z.strictObject({
        condition: z
          .strictObject({ httpErrorCodeReturnedEquals: text.optional(), keyPrefixEquals: text.optional() })
          .optional(),
        redirect: z.strictObject({
          hostName: text.optional(),
          httpRedirectCode: text.optional(),
          protocol,
          replaceKeyPrefixWith: text.optional(),
          replaceKeyWith: text.optional(),
        }),
      }),
    )
    .max(50)
    .optional(),
});

const notified = {
  id: id.optional(),
  events: z.array(text).min(1).max(50),
  filter: z
    .strictObject({
      key: z.strictObject({ filterRules: z.array(z.strictObject({ name: text, value: text })).max(2) }),
    })
    .optional(),
};

export const notificationsSchema = z.strictObject({
  queueConfigurations: z
    .array(z.strictObject({ ...notified, queueArn: text }))
    .max(100)
    .optional(),
  topicConfigurations: z
    .array(z.strictObject({ ...notified, topicArn: text }))
    .max(100)
    .optional(),
});

export const replicationSchema = z.strictObject({
  role: text,
  rules: z
    .array(
      z.strictObject({
        id: id.optional(),
        priority: z.int().min(0).optional(),
        status: enabled,
        filter: z
          .strictObject({
            prefix: text.optional(),
            tag: s3Tag.optional(),
            and: z.strictObject({ prefix: text.optional(), tags: z.array(s3Tag).max(10).optional() }).optional(),
          })
          .optional(),
        destination: z.strictObject({ bucket: text, account: text.optional(), storageClass: text.optional() }),
        deleteMarkerReplication: z.strictObject({ status: enabled }).optional(),
        existingObjectReplication: z.strictObject({ status: enabled }).optional(),
      }),
    )
    .min(1)
    .max(1000),
});

export const loggingSchema = z.strictObject({
  targetBucket: text,
  targetPrefix: text,
  targetObjectKeyFormat: z
    .strictObject({
      simplePrefix: z.strictObject({}).optional(),
      partitionedPrefix: z
        .strictObject({ partitionDateSource: z.enum(["EventTime", "DeliveryTime"]).optional() })
        .optional(),
    })
    .optional(),
});
