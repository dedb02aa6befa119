import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { ownEngineNames } from "../service-parameters.ts";
import { z } from "../zod.ts";
import { backupSchema, backupServiceId, hexId, restorePlanSchema, restoreSchema, timeId } from "./backup-schemas.ts";

const tag = "Backups";
const path = "/api/backups";

const params = z.strictObject({ id: timeId() });
const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");
const serviceQuery = z.coerce.number().int().min(1).max(2_147_483_647).optional();
const backup = z.strictObject({ data: backupSchema });
const restore = z.strictObject({ data: restoreSchema });

const serviceName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9 _.-]*[A-Za-z0-9])?$/, "Expected letters, digits, blanks, _ . and -, at most 63");
const bucketSuffix = z
  .string()
  .max(40)
  .regex(/^[a-z0-9-]*[a-z0-9]$/, "Expected lower-case letters, digits and hyphens")
  .describe("Added to the names of the buckets: names are taken while the buckets of the backup are there.");

export const backupRoutes = {
  listRestores: defineRoute({
    method: "get",
    path: `${path}/restores`,
    summary: "What was brought back, newest first.",
    tag,
    access: "backups:read",
    query: z.strictObject({ ...pageQuery, service: serviceQuery, backup: timeId().optional() }),
    answers: { 200: pageOf(restoreSchema) },
  }),
  getRestore: defineRoute({
    method: "get",
    path: `${path}/restores/{id}`,
    summary: "One restore, how far it is, and how it ended.",
    tag,
    access: "backups:read",
    params,
    answers: { 200: restore },
  }),
  listBackups: defineRoute({
    method: "get",
    path,
    summary: "Backups, newest first.",
    tag,
    access: "backups:read",
    query: z.strictObject({
      ...pageQuery,
      service: serviceQuery,
      destination: hexId().optional(),
      schedule: hexId().optional(),
    }),
    answers: { 200: pageOf(backupSchema) },
  }),
  createBackup: defineRoute({
    method: "post",
    path,
    summary: "Backs a service up now. The job is in Location.",
    tag,
    access: "backups:create",
    body: z.strictObject({
      serviceId: backupServiceId(),
      destinationId: hexId(),
      withVersions: z.boolean().default(false),
    }),
    answers: { 202: backup },
    problems: ["NOT_FOUND", "CONFLICT"],
  }),
  getBackup: defineRoute({
    method: "get",
    path: `${path}/{id}`,
    summary: "One backup: what it holds, how far it is, and what went wrong.",
    tag,
    access: "backups:read",
    params,
    answers: { 200: backup },
  }),
  deleteBackup: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary:
      "Deletes a backup, and of what it has stored that which no other one needs. With forget its destination is not asked: what is stored there stays.",
    tag,
    access: "backups:delete",
    params,
    query: z.strictObject({ forget: flag }),
    answers: { 202: backup },
    problems: ["CONFLICT"],
  }),
  verifyBackup: defineRoute({
    method: "post",
    path: `${path}/{id}/verify`,
    summary: "Reads everything that a backup has stored, and compares it with what it should be.",
    tag,
    access: "backups:write",
    params,
    answers: { 202: backup },
    problems: ["CONFLICT"],
  }),
  downloadBackup: defineRoute({
    method: "get",
    path: `${path}/{id}/download`,
    summary: "A backup as one archive, .tar.zst, with its manifest. What is damaged breaks the download off.",
    tag,
    access: "backups:read",
    alsoNeeds: ["storage:read"],
    params,
    answers: { 200: { mediaType: "application/zstd" } },
    problems: ["CONFLICT", "UNAVAILABLE"],
  }),
  planRestore: defineRoute({
    method: "post",
    path: `${path}/{id}/restore-plan`,
    summary: "What a restore would write, replace and delete. Nothing is changed.",
    tag,
    access: "backups:read",
    alsoNeeds: ["storage:read"],
    params,
    body: z.discriminatedUnion("mode", [
      z.strictObject({ mode: z.literal("in_place") }),
      z.strictObject({
        mode: z.literal("new_service"),
        engine: z.enum(ownEngineNames).default("stave"),
        bucketSuffix: bucketSuffix.optional(),
      }),
    ]),
    answers: { 200: z.strictObject({ data: restorePlanSchema }) },
    problems: ["CONFLICT", "UNAVAILABLE"],
  }),
  restoreBackup: defineRoute({
    method: "post",
    path: `${path}/{id}/restore`,
    summary:
      "Brings a backup back: in place, where `confirm` must be the name of the service, or to a new service with keys of its own. The job is in Location.",
    tag,
    access: "backups:write",
    alsoNeeds: ["storage:write"],
    params,
    body: z.discriminatedUnion("mode", [
      z.strictObject({ mode: z.literal("in_place"), confirm: z.string().max(100) }),
      z.strictObject({
        mode: z.literal("new_service"),
        name: serviceName,
        bucketSuffix: bucketSuffix.optional(),
        parameters: z
          .record(z.string(), z.unknown())
          .default({})
          .describe("Its engine and what that is made from, as for any new service. The built-in engine without."),
      }),
    ]),
    answers: { 202: restore },
    problems: ["CONFLICT", "UNPROCESSABLE", "PERMISSION_DENIED", "UNAVAILABLE"],
  }),
  getRestoreCapabilities: defineRoute({
    method: "get",
    path: "/api/external-services/{id}/restore-capabilities",
    summary: "How a service can be restored.",
    tag,
    access: "backups:read",
    params: z.strictObject({ id: z.coerce.number().int().min(1).max(2_147_483_647) }),
    answers: {
      200: z.strictObject({
        restore_in_place: z.boolean(),
        restore_to_new_service: z.boolean(),
        pitr: z.literal(false),
        earliest_pitr_time: timestamp().nullable(),
        latest_pitr_time: timestamp().nullable(),
        suggested_new_service_name: z.string(),
      }),
    },
  }),
};
