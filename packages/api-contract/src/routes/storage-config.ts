import { defineRoute } from "../define-route.ts";
import { z } from "../zod.ts";
import { tag } from "./storage-schemas.ts";

const config = z
  .strictObject({
    /** Of one upload through this API or by what it has signed, in MiB. S3 clients with keys have the limits of the service. */
    maxFileSizeMb: z.int().min(1).max(5_242_880),
  })
  .openapi("StorageConfig");

export const storageConfigRoutes = {
  getStorageConfig: defineRoute({
    method: "get",
    path: "/api/storage/config",
    summary: "What uploads may have, with an ETag.",
    tag,
    access: "storage:read",
    answers: { 200: z.strictObject({ data: config }) },
  }),
  putStorageConfig: defineRoute({
    method: "put",
    path: "/api/storage/config",
    summary: "Changes what uploads may have; with `If-Match` only what has this ETag.",
    tag,
    access: "settings:write",
    body: config,
    answers: { 200: z.strictObject({ data: config }) },
    problems: ["PRECONDITION_FAILED"],
  }),
};
