import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

export const hexId = () => z.string().regex(/^[\da-f]{16}$/);

/** Of backups and restores. They sort by time. */
export const timeId = () => z.string().regex(/^\d[\da-z]{19,63}$/);

export const backupServiceId = () => z.int().min(1).max(2_147_483_647);

const problem = z.strictObject({
  bucket: z.string().nullable(),
  key: z.string().nullable(),
  code: z.string(),
  reason: z.string(),
});

export const backupSchema = z
  .strictObject({
    id: z.string(),
    serviceId: z.int(),
    /** As it was then. */
    service: z.strictObject({ name: z.string(), slug: z.string(), engine: z.string() }),
    destinationId: z.string(),
    scheduleId: z.string().nullable(),
    state: z.enum(["running", "completed", "failed", "deleting"]),
    withVersions: z.boolean(),
    jobId: z.string().nullable(),
    buckets: z.int(),
    /** Objects, or versions of them. */
    objects: z.int(),
    sizeBytes: z.int(),
    /** Of these, what no earlier backup had stored. */
    storedObjects: z.int(),
    storedBytes: z.int(),
    /** Objects that changed, or went, while they were read. */
    changed: z.int(),
    vanished: z.int(),
    /** The first ones. In a completed backup, what changed meanwhile. */
    problems: z.array(problem),
    /** SHA-256 of the manifest. */
    manifestChecksum: z.string().nullable(),
    verification: z.strictObject({ at: timestamp(), isGood: z.boolean(), problems: z.array(problem) }).nullable(),
    createdAt: timestamp(),
    finishedAt: timestamp().nullable(),
  })
  .openapi("Backup");

export const restoreSchema = z
  .strictObject({
    id: z.string(),
    backupId: z.string(),
    serviceId: z.int(),
    mode: z.enum(["in_place", "new_service"]),
    state: z.enum(["running", "completed", "failed"]),
    jobId: z.string(),
    written: z.int(),
    writtenBytes: z.int(),
    unchanged: z.int(),
    deleted: z.int(),
    verified: z.int(),
    problems: z.array(problem),
    createdAt: timestamp(),
    finishedAt: timestamp().nullable(),
  })
  .openapi("Restore");

const amount = z.strictObject({ objects: z.int(), sizeBytes: z.int() });

export const restorePlanSchema = z
  .strictObject({
    mode: z.enum(["in_place", "new_service"]),
    buckets: z.array(
      z.strictObject({
        name: z.string(),
        /** In the service that it is restored to. */
        target: z.string(),
        exists: z.boolean(),
        /** Not there yet. */
        written: amount,
        /** There, with other content or headers. */
        replaced: amount,
        unchanged: amount,
        /** Not in the backup: deleted, because the bucket is. */
        deleted: amount,
        settings: z.array(z.string()),
        /** Could not be read when the backup was made, and stay as they are. */
        unreadSettings: z.array(z.string()),
      }),
    ),
    /** Not in the backup: they stay. */
    keptBuckets: z.array(z.string()),
    written: amount,
    replaced: amount,
    unchanged: amount,
    deleted: amount,
    /** What one should know before. */
    notes: z.array(z.string()),
    /** Why it would be refused as asked. */
    blockers: z.array(z.string()),
  })
  .openapi("RestorePlan");
