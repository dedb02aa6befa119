import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceQuery } from "./service-query.ts";
import {
  bucketParams,
  contentHeaders,
  objectKey,
  objectParams,
  storageProblems,
  tag,
  tagsSchema,
  userMetadata,
  versionId,
  versionQuery,
} from "./storage-schemas.ts";

const listed = z
  .strictObject({
    key: z.string(),
    sizeBytes: z.int(),
    etag: z.string(),
    lastModified: timestamp(),
    storageClass: z.string().nullable(),
  })
  .openapi("ListedObject");

const objectList = z
  .strictObject({
    data: z.array(listed),
    /** With a delimiter: what keys begin with that are not listed themselves. */
    prefixes: z.array(z.string()),
    nextCursor: z.string().nullable(),
  })
  .openapi("ObjectList");

const stored = z
  .strictObject({ key: z.string(), etag: z.string(), sizeBytes: z.int(), versionId: z.string().nullable() })
  .openapi("StoredObject");

const objectDetails = z
  .strictObject({
    key: z.string(),
    sizeBytes: z.int(),
    etag: z.string(),
    lastModified: timestamp(),
    versionId: z.string().nullable(),
    storageClass: z.string().nullable(),
    contentType: z.string().nullable(),
    cacheControl: z.string().nullable(),
    contentDisposition: z.string().nullable(),
    contentEncoding: z.string().nullable(),
    contentLanguage: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
  })
  .openapi("Object");

const version = z
  .strictObject({
    key: z.string(),
    versionId: z.string(),
    isLatest: z.boolean(),
    isDeleteMarker: z.boolean(),
    lastModified: timestamp(),
    sizeBytes: z.int().nullable(),
    etag: z.string().nullable(),
  })
  .openapi("ObjectVersion");

const deletion = z.strictObject({
  key: z.string(),
  versionId: z.string().nullable(),
  status: z.enum(["deleted", "failed"]),
  /** S3's word for why it failed. */
  code: z.string().nullable(),
});

/** Null takes a value away; what is absent stays. */
const metadataChange = z
  .strictObject({
    contentType: contentHeaders.contentType.nullable(),
    cacheControl: contentHeaders.cacheControl.nullable(),
    contentDisposition: contentHeaders.contentDisposition.nullable(),
    contentEncoding: contentHeaders.contentEncoding.nullable(),
    contentLanguage: contentHeaders.contentLanguage.nullable(),
    metadata: userMetadata,
  })
  .partial();

const copy = z.strictObject({
  key: objectKey,
  versionId: versionId.optional(),
  toKey: objectKey,
  /** @default the same */
  toBucket: bucketParams.bucket.optional(),
  /** Otherwise a key that is taken is a conflict. */
  overwrite: z.boolean().default(false),
});

const upload = {
  access: "storage:write",
  bytes: { mediaTypes: ["*/*"], formField: "file" },
  problems: [...storageProblems, "PRECONDITION_FAILED"],
} as const;

export const storageObjectRoutes = {
  listObjects: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/objects",
    summary:
      "The objects of a bucket by key. `search` finds keys that contain a text, whatever its case; it looks at 10,000 keys at most and then answers with a cursor, also when it has found nothing.",
    tag,
    access: "storage:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject({
      ...pageQuery,
      ...serviceQuery,
      cursor: z.string().min(1).max(4096).optional(),
      prefix: z.string().max(1024).optional(),
      delimiter: z.string().min(1).max(16).optional(),
      search: z.string().min(1).max(256).optional(),
    }),
    answers: { 200: objectList },
    problems: storageProblems,
  }),
  uploadObject: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/objects",
    summary:
      "Stores the bytes of the body, or of the one file of a form, under a key that is made of `filename`, or else of the name of the file, and cannot be guessed.",
    tag,
    ...upload,
    params: z.strictObject(bucketParams),
    query: z.strictObject({ ...serviceQuery, filename: z.string().min(1).max(255).optional() }),
    answers: { 201: z.strictObject({ data: stored }) },
  }),
  putObject: defineRoute({
    method: "put",
    path: "/api/storage/buckets/{bucket}/objects/{key+}",
    summary:
      "Stores the bytes of the body, or of the one file of a form, under a key. `If-Match` and `If-None-Match` decide what may be replaced.",
    tag,
    ...upload,
    params: z.strictObject(objectParams),
    query: z.strictObject(serviceQuery),
    answers: { 200: z.strictObject({ data: stored }) },
  }),
  getObject: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/objects/{key+}",
    summary:
      "The bytes of an object, or a `Range` of them. What a browser could run is sent as a download, and never in the name of this site.",
    tag,
    access: "storage:read",
    params: z.strictObject(objectParams),
    query: z.strictObject(versionQuery),
    answers: { 200: { mediaType: "*/*" }, 206: { mediaType: "*/*" }, 304: "empty" },
    problems: [...storageProblems, "PRECONDITION_FAILED", "RANGE_NOT_SATISFIABLE"],
  }),
  deleteObject: defineRoute({
    method: "delete",
    path: "/api/storage/buckets/{bucket}/objects/{key+}",
    summary: "Deletes an object, or one version of it for good. Nothing there is no error.",
    tag,
    access: "storage:write",
    params: z.strictObject(objectParams),
    query: z.strictObject(versionQuery),
    answers: { 204: "empty" },
    problems: [...storageProblems, "PRECONDITION_FAILED"],
  }),
  deleteObjects: defineRoute({
    method: "delete",
    path: "/api/storage/buckets/{bucket}/objects",
    summary: "Deletes up to 1,000 objects or versions, each for itself. Results are in the order of the request.",
    tag,
    access: "storage:write",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: z.union([
      z.strictObject({ keys: z.array(objectKey).min(1).max(1000) }),
      z.strictObject({
        objects: z
          .array(z.strictObject({ key: objectKey, versionId: versionId.optional() }))
          .min(1)
          .max(1000),
      }),
    ]),
    answers: { 200: z.strictObject({ data: z.strictObject({ results: z.array(deletion) }) }) },
    problems: storageProblems,
  }),
  copyObject: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/copy",
    summary: "Copies an object, with its metadata and tags, to another key or bucket of the service.",
    tag,
    access: "storage:write",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: copy,
    answers: { 201: z.strictObject({ data: stored.omit({ sizeBytes: true }) }) },
    problems: [...storageProblems, "UNPROCESSABLE"],
  }),
  moveObject: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/move",
    summary:
      "Copies an object to another key or bucket, then deletes it there. Ended in between, both are there, and it can be done again with `overwrite`.",
    tag,
    access: "storage:write",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: copy.omit({ versionId: true }),
    answers: { 201: z.strictObject({ data: stored.omit({ sizeBytes: true }) }) },
    problems: [...storageProblems, "UNPROCESSABLE"],
  }),
  getObjectMetadata: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/metadata/objects/{key+}",
    summary: "What is known of an object.",
    tag,
    access: "storage:read",
    params: z.strictObject(objectParams),
    query: z.strictObject(versionQuery),
    answers: { 200: z.strictObject({ data: objectDetails }) },
    problems: storageProblems,
  }),
  changeObjectMetadata: defineRoute({
    method: "patch",
    path: "/api/storage/buckets/{bucket}/metadata/objects/{key+}",
    summary:
      "Changes the headers and the metadata of an object, by a copy onto itself: in a bucket with versions it is a new one. `metadata` is replaced as a whole.",
    tag,
    access: "storage:write",
    params: z.strictObject(objectParams),
    query: z.strictObject(serviceQuery),
    body: metadataChange,
    answers: { 200: z.strictObject({ data: objectDetails }) },
    problems: [...storageProblems, "PRECONDITION_FAILED", "UNPROCESSABLE"],
  }),
  listObjectVersions: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/versions",
    summary: "Versions and delete markers by key, newest first: of all keys, of those with a prefix, or of one key.",
    tag,
    access: "storage:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject({
      ...pageQuery,
      ...serviceQuery,
      cursor: z.string().min(1).max(4096).optional(),
      prefix: z.string().max(1024).optional(),
      key: objectKey.optional(),
    }),
    answers: { 200: pageOf(version) },
    problems: storageProblems,
  }),
  restoreObjectVersion: defineRoute({
    method: "post",
    path: "/api/storage/buckets/{bucket}/restore",
    summary: "Makes an earlier version the newest again, by a copy. No version is lost.",
    tag,
    access: "storage:write",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: z.strictObject({ key: objectKey, versionId }),
    answers: { 201: z.strictObject({ data: stored.omit({ sizeBytes: true }) }) },
    problems: [...storageProblems, "UNPROCESSABLE"],
  }),
  getObjectTags: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}/tags/objects/{key+}",
    summary: "The tags of an object.",
    tag,
    access: "storage:read",
    params: z.strictObject(objectParams),
    query: z.strictObject(versionQuery),
    answers: { 200: z.strictObject({ data: z.strictObject({ tags: tagsSchema }) }) },
    problems: storageProblems,
  }),
  putObjectTags: defineRoute({
    method: "put",
    path: "/api/storage/buckets/{bucket}/tags/objects/{key+}",
    summary: "Replaces the tags of an object, 10 at most; none takes them away.",
    tag,
    access: "storage:write",
    params: z.strictObject(objectParams),
    query: z.strictObject(versionQuery),
    body: z.strictObject({
      tags: tagsSchema
        .refine((tags) => Object.keys(tags).length <= 10, "Expected at most 10 tags")
        .openapi({ maxProperties: 10 }),
    }),
    answers: { 200: z.strictObject({ data: z.strictObject({ tags: tagsSchema }) }) },
    problems: storageProblems,
  }),
};
