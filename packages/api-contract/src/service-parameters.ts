import {
  consoleChanges,
  containerChanges,
  containerParameters,
  customEngineParameters,
  withConsole,
  withImage,
} from "./container-parameters.ts";
import { z } from "./zod.ts";

export const serviceEngineNames = ["stave", "external", "rustfs", "minio", "custom"] as const;

/** Of whose services Stave makes the servers, or has them. */
export const ownEngineNames = ["stave", "rustfs", "minio", "custom"] as const;

/** As clouds sell it: 10 GB are 10,000,000,000 bytes. */
export const quotaTiers = { "10gb": 10e9, "100gb": 100e9, "500gb": 500e9 } as const;

const region = z
  .string()
  .regex(/^[a-z0-9-]{1,63}$/, "Expected a region such as us-east-1")
  .describe("The region that clients sign for.");
const url = z
  .string()
  .max(512)
  .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "Expected an http or https URL without a password, query or fragment");
const publicEndpoint = url.describe(
  "Where clients reach it, when that is elsewhere: for variables and presigned URLs.",
);
const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "Expected a name of a bucket, 3 to 63 characters");
const quotaBytes = z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe("How much all its buckets may hold together.");
const quotaTier = z.enum(["10gb", "100gb", "500gb"]).describe("Instead of quota_bytes.");
const isOneQuota = ({ quota_bytes, quota_tier }: { readonly quota_bytes?: unknown; readonly quota_tier?: unknown }) =>
  quota_bytes === undefined || quota_tier === undefined;
const oneQuota = { message: "Expected quota_bytes or quota_tier, not both", path: ["quota_tier"] };

const firstBuckets = z.array(bucketName).max(100).default([]).describe("Buckets that it has from its start.");
const inContainer = {
  region: region.default("us-east-1"),
  public_endpoint: publicEndpoint.optional(),
  buckets: firstBuckets,
  ...containerParameters,
};

/** What services of each engine that there is are made from. */
export const serviceParameters = {
  stave: z
    .strictObject({
      engine: z.literal("stave").default("stave"),
      region: region.optional(),
      quota_bytes: quotaBytes.optional(),
      quota_tier: quotaTier.optional(),
      public_endpoint: publicEndpoint.optional(),
      buckets: firstBuckets,
    })
    .refine(isOneQuota, oneQuota),
  external: z.strictObject({
    engine: z.literal("external"),
    endpoint: url.describe("The S3 endpoint; path style."),
    access_key: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[\x21-\x7e]+$/, "Expected visible ASCII characters"),
    secret_key: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[\x21-\x7e]+$/, "Expected visible ASCII characters")
      .meta({ writeOnly: true }),
    region: region.default("us-east-1"),
    public_endpoint: publicEndpoint.optional(),
    test_bucket: bucketName
      .optional()
      .describe("A bucket to try the keys in, for keys that may not make one. What is written there is removed."),
  }),
  rustfs: z.strictObject({ engine: z.literal("rustfs"), ...inContainer, ...withImage, ...withConsole }),
  minio: z.strictObject({ engine: z.literal("minio"), ...inContainer, ...withImage, ...withConsole }),
  custom: z.strictObject({
    engine: z.literal("custom"),
    ...inContainer,
    ...customEngineParameters,
    ...withConsole,
  }),
} as const;

const changesInContainer = { public_endpoint: publicEndpoint.nullable().optional(), ...containerChanges };

const { docker_image: _, environment: __, ...customImport } = customEngineParameters;
const importing = {
  access_key: z
    .string()
    .min(3)
    .max(128)
    .regex(/^[\x21-\x7e]+$/, "Expected visible ASCII characters")
    .optional()
    .describe("Of its root key. Without it and secret_key, both are read from the container's environment."),
  secret_key: z
    .string()
    .min(3)
    .max(128)
    .regex(/^[\x21-\x7e]+$/, "Expected visible ASCII characters")
    .meta({ writeOnly: true })
    .optional(),
  region: region.default("us-east-1"),
  public_endpoint: publicEndpoint.optional(),
};

/** What is said of a container that is there already. */
export const serviceImports = {
  rustfs: z.strictObject({ engine: z.literal("rustfs"), ...importing }),
  minio: z.strictObject({ engine: z.literal("minio"), ...importing }),
  custom: z.strictObject({ engine: z.literal("custom"), ...importing, ...customImport }),
} as const;

/** What can be changed later; null takes a value away. */
export const serviceParameterChanges = {
  stave: z
    .strictObject({
      quota_bytes: quotaBytes.nullable().optional(),
      quota_tier: quotaTier.optional(),
      public_endpoint: publicEndpoint.nullable().optional(),
    })
    .refine(isOneQuota, oneQuota),
  external: z.strictObject({ public_endpoint: publicEndpoint.nullable().optional() }),
  rustfs: z.strictObject({ ...changesInContainer, ...consoleChanges }),
  minio: z.strictObject({ ...changesInContainer, ...consoleChanges }),
  custom: z.strictObject({ ...changesInContainer, ...consoleChanges }),
} as const;

export type StaveParameters = z.output<(typeof serviceParameters)["stave"]>;
export type ExternalParameters = z.output<(typeof serviceParameters)["external"]>;
export type ContainerParameters = z.output<(typeof serviceParameters)["rustfs" | "minio" | "custom"]>;
