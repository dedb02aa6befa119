import {
  DeleteBucketCorsCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeleteBucketTaggingCommand,
  DeleteBucketWebsiteCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { fromS3, toS3 } from "./s3-names.ts";

/** One setting of a bucket: read and written in this API's spelling. */
export type BucketSetting = {
  /** What S3 says when it was never configured. */
  readonly absent?: string;
  /** Undefined when it is not configured. */
  readonly read: (client: S3Client, Bucket: string) => Promise<unknown>;
  readonly write: (client: S3Client, Bucket: string, value: never) => Promise<unknown>;
  readonly remove?: (client: S3Client, Bucket: string) => Promise<unknown>;
};

const id = { id: "ID" };

/** By the last part of their path. */
export const bucketSettings = {
  policy: {
    absent: "NoSuchBucketPolicy",
    read: async (client, Bucket) =>
      JSON.parse((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "null"),
    write: (client, Bucket, value) =>
      client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(value) })),
    remove: (client, Bucket) => client.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  cors: {
    absent: "NoSuchCORSConfiguration",
    read: async (client, Bucket) => rulesOf((await client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules),
    write: (client, Bucket, { rules }: Rules) =>
      client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: toS3(rules, id) as [] } })),
    remove: (client, Bucket) => client.send(new DeleteBucketCorsCommand({ Bucket })),
  },
  lifecycle: {
    absent: "NoSuchLifecycleConfiguration",
    read: async (client, Bucket) =>
      rulesOf((await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules),
    write: (client, Bucket, { rules }: Rules) => client.send(putLifecycle(Bucket, rules)),
    remove: (client, Bucket) => client.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  versioning: {
    read: async (client, Bucket) => {
      const { Status: status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
      return status && { status };
    },
    write: (client, Bucket, { status }: { readonly status: "Enabled" | "Suspended" }) =>
      client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: status } })),
  },
  "object-lock": {
    absent: "ObjectLockConfigurationNotFoundError",
    read: async (client, Bucket) => {
      const { ObjectLockConfiguration: lock } = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
      return lock && { defaultRetention: fromS3(lock.Rule?.DefaultRetention) ?? null };
    },
    write: (client, Bucket, { defaultRetention }: { readonly defaultRetention: object | null }) =>
      client.send(
        new PutObjectLockConfigurationCommand({
          Bucket,
          ObjectLockConfiguration: {
            ObjectLockEnabled: "Enabled",
            ...(defaultRetention && { Rule: { DefaultRetention: toS3(defaultRetention) as object } }),
          },
        }),
      ),
  },
  tags: {
    absent: "NoSuchTagSet",
    read: async (client, Bucket) => {
      const { TagSet = [] } = await client.send(new GetBucketTaggingCommand({ Bucket }));
      return { tags: Object.fromEntries(TagSet.map(({ Key = "", Value = "" }) => [Key, Value])) };
    },
    write: (client, Bucket, { tags }: { readonly tags: Readonly<Record<string, string>> }) => {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      return client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    },
    remove: (client, Bucket) => client.send(new DeleteBucketTaggingCommand({ Bucket })),
  },
  encryption: {
    absent: "ServerSideEncryptionConfigurationNotFoundError",
    read: async (client, Bucket) =>
      rulesOf((await client.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules),
    write: (client, Bucket, { rules }: Rules) =>
      client.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: { Rules: toS3(rules) as [] },
        }),
      ),
    remove: (client, Bucket) => client.send(new DeleteBucketEncryptionCommand({ Bucket })),
  },
  ownership: {
    absent: "OwnershipControlsNotFoundError",
    read: async (client, Bucket) =>
      fromS3((await client.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules?.[0]),
    write: (client, Bucket, value: object) =>
      client.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [toS3(value) as { ObjectOwnership: "ObjectWriter" }] },
        }),
      ),
    remove: (client, Bucket) => client.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
  "public-access-block": {
    absent: "NoSuchPublicAccessBlockConfiguration",
    read: async (client, Bucket) =>
      fromS3((await client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration),
    write: (client, Bucket, value: object) =>
      client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: toS3(value) as object })),
    remove: (client, Bucket) => client.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  website: {
    absent: "NoSuchWebsiteConfiguration",
    read: async (client, Bucket) => {
      const { $metadata, ...website } = await client.send(new GetBucketWebsiteCommand({ Bucket }));
      return fromS3(website);
    },
    write: (client, Bucket, value: object) =>
      client.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: toS3(value) as object })),
    remove: (client, Bucket) => client.send(new DeleteBucketWebsiteCommand({ Bucket })),
  },
  notifications: {
    read: async (client, Bucket) => {
      const { $metadata, ...said } = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
      const notifications = fromS3(said);
      return isEmpty(notifications) ? undefined : notifications;
    },
    write: (client, Bucket, value: object) => client.send(putNotifications(Bucket, value)),
    remove: (client, Bucket) => client.send(putNotifications(Bucket, {})),
  },
  replication: {
    absent: "ReplicationConfigurationNotFoundError",
    read: async (client, Bucket) =>
      fromS3((await client.send(new GetBucketReplicationCommand({ Bucket }))).ReplicationConfiguration, id),
    write: (client, Bucket, value: object) =>
      client.send(
        new PutBucketReplicationCommand({
          Bucket,
          ReplicationConfiguration: toS3(value, id) as { Role: string; Rules: [] },
        }),
      ),
    remove: (client, Bucket) => client.send(new DeleteBucketReplicationCommand({ Bucket })),
  },
  logging: {
    read: async (client, Bucket) => fromS3((await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled),
    write: (client, Bucket, value: object) =>
      client.send(
        new PutBucketLoggingCommand({
          Bucket,
          BucketLoggingStatus: { LoggingEnabled: toS3(value) as { TargetBucket: string; TargetPrefix: string } },
        }),
      ),
    remove: (client, Bucket) => client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
  },
} satisfies Record<string, BucketSetting>;

type Rules = { readonly rules: readonly object[] };

export function putLifecycle(Bucket: string, rules: readonly object[]): PutBucketLifecycleConfigurationCommand {
  return new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: { Rules: toS3(rules, id) as [] },
  });
}

function putNotifications(Bucket: string, value: object): PutBucketNotificationConfigurationCommand {
  return new PutBucketNotificationConfigurationCommand({
    Bucket,
    NotificationConfiguration: toS3(value) as object,
  });
}

function rulesOf(rules: readonly object[] | undefined): Rules | undefined {
  return rules && { rules: fromS3(rules, id) as readonly object[] };
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
