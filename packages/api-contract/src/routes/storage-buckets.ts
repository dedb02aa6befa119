import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceQuery } from "./service-query.ts";
import { bucketParams, newBucketName, storageProblems, tag } from "./storage-schemas.ts";

/** `public-read`: everybody may read its objects, which its policy says. Who knows no key cannot list them. */
const visibility = z.enum(["private", "public-read"]);

const listed = z
  .strictObject({ name: z.string(), createdAt: timestamp().nullable(), visibility: visibility.nullable() })
  .openapi("ListedBucket");

const bucketDetails = z
  .strictObject({
    name: z.string(),
    region: z.string(),
    visibility,
    versioning: z.enum(["off", "enabled", "suspended"]),
    hasObjectLock: z.boolean(),
  })
  .openapi("Bucket");

export const storageBucketRoutes = {
  listBuckets: defineRoute({
    method: "get",
    path: "/api/storage/buckets",
    summary: "The buckets of a service, by name. A visibility of null could not be read.",
    tag,
    access: "storage:read",
    query: z.strictObject({ ...pageQuery, ...serviceQuery }),
    answers: { 200: pageOf(listed) },
    problems: storageProblems,
  }),
  createBucket: defineRoute({
    method: "post",
    path: "/api/storage/buckets",
    summary: "Makes a bucket, which is private unless the request says otherwise.",
    tag,
    access: "storage:admin",
    query: z.strictObject(serviceQuery),
    body: z.strictObject({
      name: newBucketName,
      visibility: visibility.default("private"),
      /** Versions can be locked against deletion. Cannot be taken back, and switches versioning on. */
      objectLock: z.boolean().default(false),
    }),
    answers: { 201: z.strictObject({ data: bucketDetails }) },
    problems: storageProblems,
  }),
  getBucket: defineRoute({
    method: "get",
    path: "/api/storage/buckets/{bucket}",
    summary: "One bucket.",
    tag,
    access: "storage:read",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    answers: { 200: z.strictObject({ data: bucketDetails }) },
    problems: storageProblems,
  }),
  changeBucket: defineRoute({
    method: "patch",
    path: "/api/storage/buckets/{bucket}",
    summary: "Makes the objects of a bucket public, or private again. Other statements of its policy stay as they are.",
    tag,
    access: "storage:admin",
    params: z.strictObject(bucketParams),
    query: z.strictObject(serviceQuery),
    body: z.strictObject({ visibility }),
    answers: { 200: z.strictObject({ data: bucketDetails }) },
    problems: storageProblems,
  }),
  deleteBucket: defineRoute({
    method: "delete",
    path: "/api/storage/buckets/{bucket}",
    summary: "Deletes an empty bucket; with `force` a job deletes all that is in it first.",
    tag,
    access: "storage:admin",
    params: z.strictObject(bucketParams),
    query: z.strictObject({ ...serviceQuery, force: z.enum(["true", "false"]).default("false") }),
    answers: { 202: z.strictObject({ data: z.strictObject({ jobId: z.string() }) }), 204: "empty" },
    problems: storageProblems,
  }),
};
