import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { plainTitle } from "../plain-text.ts";
import { z } from "../zod.ts";
import { backupServiceId, hexId } from "./backup-schemas.ts";

const tag = "Backups";
const path = "/api/backups/schedules";

const params = z.strictObject({ id: hexId() });
const cron = z.string().min(9).max(200).describe("Five fields, or six with seconds first, at least one hour apart.");
const timeZone = z.string().min(1).max(64).describe("`UTC`, `Europe/Berlin`");
const retentionDays = z.int().min(1).max(36_500);
const retentionCount = z.int().min(1).max(10_000);

const schedule = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    serviceId: z.int(),
    destinationId: z.string(),
    /** Six fields, seconds first. */
    cron: z.string(),
    timeZone: z.string(),
    withVersions: z.boolean(),
    /** Backups that are older go. The last good one stays. */
    retentionDays: z.int().nullable(),
    /** As many good ones stay. */
    retentionCount: z.int().nullable(),
    isEnabled: z.boolean(),
    nextAt: timestamp().nullable(),
    lastAt: timestamp().nullable(),
    /** Why the last run was left out. */
    lastError: z.string().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .openapi("BackupSchedule");
const answer = z.strictObject({ data: schedule });

export const backupScheduleRoutes = {
  listBackupSchedules: defineRoute({
    method: "get",
    path,
    summary: "When services are backed up, by id.",
    tag,
    access: "backups:read",
    query: z.strictObject({
      ...pageQuery,
      service: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
    }),
    answers: { 200: pageOf(schedule) },
  }),
  createBackupSchedule: defineRoute({
    method: "post",
    path,
    summary: "Backs a service up again and again.",
    tag,
    access: "backups:create",
    body: z.strictObject({
      name: plainTitle(),
      serviceId: backupServiceId(),
      destinationId: hexId(),
      cron,
      timeZone: timeZone.default("UTC"),
      withVersions: z.boolean().default(false),
      retentionDays: retentionDays.nullable().default(null),
      retentionCount: retentionCount.nullable().default(null),
      isEnabled: z.boolean().default(true),
    }),
    answers: { 201: answer },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  getBackupSchedule: defineRoute({
    method: "get",
    path: `${path}/{id}`,
    summary: "One schedule. Its ETag is for If-Match.",
    tag,
    access: "backups:read",
    params,
    answers: { 200: answer },
  }),
  updateBackupSchedule: defineRoute({
    method: "patch",
    path: `${path}/{id}`,
    summary: "Changes a schedule. Null takes a retention away.",
    tag,
    access: "backups:write",
    params,
    body: z.strictObject({
      name: plainTitle().optional(),
      destinationId: hexId().optional(),
      cron: cron.optional(),
      timeZone: timeZone.optional(),
      withVersions: z.boolean().optional(),
      retentionDays: retentionDays.nullable().optional(),
      retentionCount: retentionCount.nullable().optional(),
      isEnabled: z.boolean().optional(),
    }),
    answers: { 200: answer },
    problems: ["CONFLICT", "PRECONDITION_FAILED", "UNPROCESSABLE"],
  }),
  deleteBackupSchedule: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary: "Ends a schedule. The backups that it has made stay, and go only when they are deleted.",
    tag,
    access: "backups:delete",
    params,
    answers: { 204: "empty" },
  }),
};
