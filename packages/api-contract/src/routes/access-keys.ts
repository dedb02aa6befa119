import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { description, expiresAt, keyId, rotation, scopeSchema } from "./key-schemas.ts";
import { serviceQuery } from "./service-query.ts";

const tag = "Access keys";
const path = "/api/storage/s3/access-keys";

const accessKey = z.strictObject({
  id: z.uuid(),
  accessKeyId: z.string(),
  description: z.string(),
  /** Null: whatever the service may. */
  scope: z.union([scopeSchema, z.null()]),
  /** The id of the project that it counts for. */
  project: z.string().nullable(),
  createdAt: timestamp(),
  expiresAt: timestamp().nullable(),
  /** May be some minutes old. */
  lastUsedAt: timestamp().nullable(),
  /** The access key id of the key that has taken its place. */
  replacedBy: z.string().nullable(),
});

const shown = accessKey.openapi("AccessKey");
const issued = accessKey.extend({ secretAccessKey: z.string() }).openapi("IssuedAccessKey");

export const accessKeyRoutes = {
  getS3Config: defineRoute({
    method: "get",
    path: "/api/storage/s3/config",
    summary: "Where clients reach the S3 of a service, and the region that they sign for.",
    tag,
    access: "storage:read",
    query: z.strictObject(serviceQuery),
    answers: {
      200: z.strictObject({
        data: z.strictObject({ endpoint: z.string(), region: z.string(), available: z.boolean() }),
      }),
    },
    problems: ["NOT_FOUND"],
  }),
  listAccessKeys: defineRoute({
    method: "get",
    path,
    summary: "The access keys of a service, newest first, without their secrets.",
    tag,
    access: "keys:read",
    query: z.strictObject({ ...pageQuery, ...serviceQuery, project: z.string().min(1).max(63).optional() }),
    answers: { 200: pageOf(shown) },
    problems: ["NOT_FOUND", "UNPROCESSABLE", "CONFLICT"],
  }),
  createAccessKey: defineRoute({
    method: "post",
    path,
    summary: "Issues an access key, which may do no more than who issues it. Its secret is shown this once.",
    tag,
    access: "keys:write",
    limit: "key-admin",
    query: z.strictObject(serviceQuery),
    body: z.strictObject({
      description,
      /** Default: all that the service may; with a project, all of the project. */
      scope: scopeSchema.optional(),
      expiresAt,
      /** The id or the name of the project that it counts for. */
      project: z.string().min(1).max(63).optional(),
    }),
    answers: { 201: z.strictObject({ data: issued }) },
    problems: ["NOT_FOUND", "S3_ACCESS_KEY_LIMIT_EXCEEDED", "UNPROCESSABLE", "CONFLICT"],
    isSecret: true,
  }),
  rotateAccessKey: defineRoute({
    method: "post",
    path: `${path}/{id}/rotate`,
    summary: "Issues a key that takes the place of another, which still works for `graceSeconds`.",
    tag,
    access: "keys:write",
    limit: "key-admin",
    params: z.strictObject({ id: keyId }),
    body: rotation,
    answers: { 201: z.strictObject({ data: issued }) },
    problems: ["S3_ACCESS_KEY_NOT_FOUND", "S3_ACCESS_KEY_LIMIT_EXCEEDED", "CONFLICT"],
    isSecret: true,
  }),
  deleteAccessKey: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary: "Revokes an access key: from the next request on, it opens nothing.",
    tag,
    access: "keys:write",
    limit: "key-admin",
    params: z.strictObject({ id: keyId }),
    answers: { 204: "empty" },
    problems: ["S3_ACCESS_KEY_NOT_FOUND"],
  }),
  createS3Session: defineRoute({
    method: "post",
    path: "/api/storage/s3/session",
    summary: "Issues temporary credentials, which may do no more than who asks for them. Nothing is stored for them.",
    tag,
    access: "keys:write",
    query: z.strictObject(serviceQuery),
    body: z.strictObject({
      durationSeconds: z.int().min(900).max(43_200).default(3600),
      scope: scopeSchema,
    }),
    answers: {
      201: z.strictObject({
        data: z.strictObject({
          accessKeyId: z.string(),
          secretAccessKey: z.string(),
          sessionToken: z.string(),
          expiresAt: timestamp(),
        }),
      }),
    },
    problems: ["NOT_FOUND", "UNPROCESSABLE", "CONFLICT"],
    isSecret: true,
  }),
};
