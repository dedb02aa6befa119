import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { plainTitle } from "../plain-text.ts";
import { z } from "../zod.ts";
import { hexId } from "./backup-schemas.ts";

const tag = "Backups";
const path = "/api/backups/destinations";

const params = z.strictObject({ id: hexId() });
const ascii = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\x21-\x7e]+$/, "Expected visible ASCII characters");
const endpoint = z
  .string()
  .max(512)
  .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "Expected an http or https URL without a password, query or fragment");
const bucket = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "Expected a name of a bucket, 3 to 63 characters");
/** Segments that mean what they say, in a URL and in a file system. */
const folder = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/, "Expected names of folders, with slashes");
const region = z.string().regex(/^[a-z0-9-]{1,63}$/, "Expected a region such as us-east-1");

const s3 = {
  endpoint,
  region,
  bucket,
  prefix: folder.optional(),
  accessKeyId: ascii(128),
  forcePathStyle: z.boolean(),
};

const shown = {
  id: z.string(),
  name: z.string(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

/** The secret key is never answered. */
const destination = z
  .discriminatedUnion("kind", [
    z.strictObject({ ...shown, kind: z.literal("s3"), ...s3, prefix: folder.nullable() }),
    z.strictObject({ ...shown, kind: z.literal("local"), directory: folder }),
  ])
  .openapi("BackupDestination");
const answer = z.strictObject({ data: destination });

const secretAccessKey = ascii(256).meta({ writeOnly: true });

export const backupDestinationRoutes = {
  listBackupDestinations: defineRoute({
    method: "get",
    path,
    summary: "Where backups can be kept, by id.",
    tag,
    access: "backups:read",
    query: z.strictObject(pageQuery),
    answers: { 200: pageOf(destination) },
  }),
  createBackupDestination: defineRoute({
    method: "post",
    path,
    summary:
      "Adds a bucket of an S3 server, or a directory below --backups-dir. It is tried first: what cannot be written, read, uploaded in parts and deleted is not stored.",
    tag,
    access: "backups:create",
    body: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("s3"),
        name: plainTitle(),
        ...s3,
        region: region.default("us-east-1"),
        forcePathStyle: z.boolean().default(true),
        secretAccessKey,
      }),
      z.strictObject({ kind: z.literal("local"), name: plainTitle(), directory: folder }),
    ]),
    answers: { 201: answer },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  getBackupDestination: defineRoute({
    method: "get",
    path: `${path}/{id}`,
    summary: "One destination. Its ETag is for If-Match.",
    tag,
    access: "backups:read",
    params,
    answers: { 200: answer },
  }),
  updateBackupDestination: defineRoute({
    method: "patch",
    path: `${path}/{id}`,
    summary:
      "Changes the name of a destination, or how its bucket is reached, which is tried first. Where its backups are cannot be changed.",
    tag,
    access: "backups:write",
    params,
    body: z.strictObject({
      name: plainTitle().optional(),
      endpoint: endpoint.optional(),
      region: region.optional(),
      accessKeyId: ascii(128).optional(),
      secretAccessKey: secretAccessKey.optional(),
      forcePathStyle: z.boolean().optional(),
    }),
    answers: { 200: answer },
    problems: ["CONFLICT", "PRECONDITION_FAILED", "UNPROCESSABLE"],
  }),
  testBackupDestination: defineRoute({
    method: "post",
    path: `${path}/{id}/test`,
    summary: "Tries a destination again: writes, reads, uploads in parts and deletes.",
    tag,
    access: "backups:write",
    params,
    answers: { 200: z.strictObject({ data: z.strictObject({ works: z.literal(true) }) }) },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  deleteBackupDestination: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary: "Forgets a destination that no schedule and no backup needs.",
    tag,
    access: "backups:delete",
    params,
    answers: { 204: "empty" },
    problems: ["CONFLICT"],
  }),
};
