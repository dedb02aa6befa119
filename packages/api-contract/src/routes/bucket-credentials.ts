import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { description, expiresAt, keyId, rotation } from "./key-schemas.ts";
import { serviceQuery } from "./service-query.ts";

const tag = "Bucket credentials";
const path = "/api/storage/buckets/{bucket}/credentials";
const bucketParams = { bucket: z.string().regex(/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/) };
const params = z.strictObject({ ...bucketParams, id: keyId });
const query = z.strictObject(serviceQuery);
const problems = ["NOT_FOUND", "S3_ACCESS_KEY_NOT_FOUND", "UNPROCESSABLE", "CONFLICT", "UNAVAILABLE"] as const;

/** `read-write`: reading, writing, deleting and listing objects, and the location of the bucket; `read-only`: without writing and deleting. */
const access = z.enum(["read-write", "read-only"]);
/** Of keys: the credential works below it only. */
const prefix = z.string().min(1).max(1024);

const credential = z.strictObject({
  id: z.uuid(),
  bucket: z.string(),
  accessKeyId: z.string(),
  description: z.string(),
  access,
  prefix: prefix.nullable(),
  endpoint: z.string(),
  region: z.string(),
  createdAt: timestamp(),
  expiresAt: timestamp().nullable(),
  /** May be some minutes old. */
  lastUsedAt: timestamp().nullable(),
  /** The access key id of the credential that has taken its place. */
  replacedBy: z.string().nullable(),
});

const shown = z.strictObject({ data: credential.openapi("BucketCredential") });
const withSecret = z.strictObject({
  data: credential.extend({ secretAccessKey: z.string() }).openapi("IssuedBucketCredential"),
});

export const bucketCredentialRoutes = {
  listBucketCredentials: defineRoute({
    method: "get",
    path,
    summary: "The credentials of a bucket, newest first, without their secrets.",
    tag,
    access: "keys:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject({ ...pageQuery, ...serviceQuery }),
    answers: { 200: pageOf(credential.openapi("BucketCredential")) },
    problems,
  }),
  createBucketCredential: defineRoute({
    method: "post",
    path,
    summary: "Issues a credential that opens this bucket and nothing else.",
    tag,
    access: "keys:write",
    params: z.strictObject(bucketParams),
    query,
    body: z.strictObject({ description, access: access.default("read-write"), prefix: prefix.optional(), expiresAt }),
    answers: { 201: withSecret },
    problems: [...problems, "S3_ACCESS_KEY_LIMIT_EXCEEDED"],
    isSecret: true,
  }),
  getBucketCredential: defineRoute({
    method: "get",
    path: `${path}/{id}`,
    summary: "One credential, without its secret.",
    tag,
    access: "keys:read",
    params,
    query,
    answers: { 200: shown },
    problems,
  }),
  revealBucketCredential: defineRoute({
    method: "get",
    path: `${path}/{id}/secret`,
    summary: "One credential with its secret. Who has asked is written down first.",
    tag,
    access: "keys:read",
    alsoNeeds: ["secrets:reveal"],
    params,
    query,
    answers: { 200: withSecret },
    problems,
    isSecret: true,
  }),
  getBucketManifest: defineRoute({
    method: "get",
    path: `${path}/{id}/manifest`,
    summary: "One credential as a file, with its secret. Who has asked is written down first.",
    tag,
    access: "keys:read",
    alsoNeeds: ["secrets:reveal"],
    params,
    query: z.strictObject({
      ...serviceQuery,
      /** A Secret of Kubernetes with the keys of the one or the other convention, or variables. */
      format: z.enum(["flat", "aws", "obc", "dotenv", "json"]).default("flat"),
      /** Of the Secret. What Kubernetes does not take in names becomes a hyphen. */
      name: z.string().min(1).max(253).optional(),
      namespace: z
        .string()
        .regex(/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/, "Expected the name of a namespace")
        .optional(),
    }),
    answers: { 200: { mediaType: "text/plain" } },
    problems,
    isSecret: true,
  }),
  rotateBucketCredential: defineRoute({
    method: "post",
    path: `${path}/{id}/rotate`,
    summary: "Issues a credential that takes the place of another, which still works for `graceSeconds`.",
    tag,
    access: "keys:write",
    params,
    query,
    body: rotation,
    answers: { 201: withSecret },
    problems: [...problems, "S3_ACCESS_KEY_LIMIT_EXCEEDED"],
    isSecret: true,
  }),
  deleteBucketCredential: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary: "Revokes a credential: from the next request on, it opens nothing.",
    tag,
    access: "keys:write",
    params,
    query,
    answers: { 204: "empty" },
    problems: ["NOT_FOUND", "S3_ACCESS_KEY_NOT_FOUND", "UNPROCESSABLE", "CONFLICT"],
  }),
};
