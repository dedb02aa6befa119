import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceQuery } from "./service-query.ts";
import {
  bucketParams,
  contentType,
  objectKey,
  objectParams,
  storageProblems,
  tag,
  versionId,
  versionQuery,
} from "./storage-schemas.ts";

const weekSeconds = 604_800;

const uploadRequest = z.strictObject({
  /** What the key is made of, so that it cannot be guessed. */
  filename: z.string().min(1).max(255).optional(),
  /** Exactly this key, instead. */
  key: objectKey.optional(),
  /** Then no other may be sent. */
  contentType: contentType.optional(),
  /** In bytes; then no more may be sent. Multipart uploads need it. */
  size: z.int().min(0).optional(),
  /** `post`: a form, whose policy limits type and size. `put`: the bytes as they are. `multipart`: in parts, from 5 MiB on. */
  kind: z.enum(["post", "put", "multipart"]).default("post"),
  expiresIn: z.int().min(1).max(weekSeconds).default(3600),
});

const headers = z.record(z.string(), z.string());
const common = {
  method: z.literal("presigned"),
  key: z.string(),
  expiresAt: timestamp(),
  confirmRequired: z.literal(true),
  confirmUrl: z.string(),
};

const uploadStrategy = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("post"), ...common, uploadUrl: z.string(), fields: headers }),
  /** The headers are signed: they must be sent as they are. */
  z.strictObject({ kind: z.literal("put"), ...common, uploadUrl: z.string(), headers }),
  z.strictObject({
    kind: z.literal("multipart"),
    ...common,
    uploadId: z.string(),
    /** Of each part but the last. */
    partSizeBytes: z.int(),
    parts: z.array(z.strictObject({ partNumber: z.int(), url: z.string() })),
    abortUrl: z.string(),
  }),
]);

const confirmed = z.strictObject({
  key: z.string(),
  sizeBytes: z.int(),
  etag: z.string(),
  contentType: z.string().nullable(),
  versionId: z.string().nullable(),
  lastModified: timestamp(),
});

export const storageStrategyRoutes = {
  createUploadStrategy: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/upload-strategy",
    summary: "How a client without keys uploads one object, straight to the service: signed, and only for a while.",
    tag,
    access: "storage:write",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: uploadRequest
      .refine(
        ({ filename, key }) => (filename === undefined) !== (key === undefined),
        "Expected either a filename or a key",
      )
      .refine(({ kind, size = 0 }) => kind !== "multipart" || size > 0, {
        path: ["size"],
        message: "Expected the size in bytes, which a multipart upload needs",
      })
      .openapi({
        oneOf: [{ required: ["filename"] }, { required: ["key"] }],
        anyOf: [
          { properties: { kind: { enum: ["post", "put"] } } },
          { properties: { size: { minimum: 1 } }, required: ["size"] },
        ],
      }),
    answers: { 201: z.strictObject({ data: uploadStrategy }) },
    problems: [...storageProblems, "UNPROCESSABLE"],
    isSecret: true,
  }),
  confirmUpload: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/objects/{key+}/confirm-upload",
    summary:
      "Says what has arrived; of a multipart upload, puts its parts together first. What was announced and is not so is a conflict.",
    tag,
    access: "storage:write",
    params: z.strictObject(objectParams),
    query: z.strictObject(serviceQuery),
    body: z.strictObject({
      size: z.int().min(0).optional(),
      contentType: contentType.optional(),
      etag: z.string().min(1).max(256).optional(),
      multipart: z
        .strictObject({
          uploadId: z.string().min(1).max(1024),
          parts: z
            .array(z.strictObject({ partNumber: z.int().min(1).max(10_000), etag: z.string().min(1).max(256) }))
            .min(1)
            .max(10_000),
        })
        .optional(),
    }),
    answers: { 200: z.strictObject({ data: confirmed }) },
    problems: storageProblems,
  }),
  getDownloadStrategy: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/download-strategy/objects/{key+}",
    summary:
      "A URL from which anybody can download an object: signed, for 1 to 604,800 seconds, or without end when the bucket is public.",
    tag,
    access: "storage:read",
    params: z.strictObject(objectParams),
    query: z.strictObject({
      ...versionQuery,
      versionId: versionId.optional(),
      expiresIn: z.coerce.number().int().min(1).max(weekSeconds).default(3600),
    }),
    answers: {
      200: z.strictObject({
        data: z.strictObject({
          method: z.enum(["presigned", "public"]),
          url: z.string(),
          expiresAt: timestamp().nullable(),
        }),
      }),
    },
    problems: storageProblems,
    isSecret: true,
  }),
};
