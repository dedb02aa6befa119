import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { serviceEngineNames } from "../service-parameters.ts";
import { z } from "../zod.ts";
import { serviceNameSchema } from "./services.ts";

const tag = "Migrations";
const path = "/api/external-services/{id}";

const serviceId = () => z.coerce.number().int().min(1).max(2_147_483_647);
const migrationId = () => z.string().regex(/^[0-9a-f]{1,32}$/);
const ofService = z.strictObject({ id: serviceId() });
const ofMigration = z.strictObject({ id: serviceId(), migration_id: migrationId() });
const bucketName = () =>
  z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "Expected a name of a bucket, 3 to 63 characters");

/** How a service is migrated. */
export const migrationOptionsSchema = z.strictObject({
  dry_run: z.boolean().default(false).describe("Look, and change nothing but a bucket that tries the target out."),
  versions: z.boolean().default(true).describe("Carry all versions and delete markers, where the target has them."),
  settings: z.boolean().default(true).describe("Carry policies, CORS, lifecycle and the like."),
  bandwidth: z.int().min(1024).optional().describe("Bytes a second at most."),
  verify: z
    .enum(["list", "read"])
    .default("list")
    .describe("`read` reads everything again at the end, `list` compares with what was proven when it was written."),
  allow_failed: z
    .boolean()
    .default(false)
    .describe("Switch although some objects could not be carried: they are named in the report."),
  use_service_credentials: z
    .boolean()
    .default(false)
    .describe("Applications get the pair that opens all of a target that makes no keys."),
  bucket_names: z
    .record(bucketName(), bucketName())
    .default({})
    .describe("Buckets that have another name in the target, by their name in the source."),
});

const notCarried = z.strictObject({
  what: z.string(),
  bucket: z.string().nullable(),
  key: z.string().nullable(),
  version_id: z.string().nullable(),
  reason: z.string(),
});

export const migrationPlanSchema = z.strictObject({
  buckets: z.array(
    z.strictObject({
      name: z.string(),
      target_name: z.string(),
      /** Whether it is made; a bucket that was there is empty. */
      is_made: z.boolean(),
      has_versions: z.boolean(),
      has_object_lock: z.boolean(),
      objects: z.int(),
      delete_markers: z.int(),
      bytes: z.int(),
      settings: z.array(z.string()),
    }),
  ),
  objects: z.int(),
  delete_markers: z.int(),
  bytes: z.int(),
  links: z.array(
    z.strictObject({
      link_id: z.string(),
      project_id: z.string(),
      environment: z.string(),
      bucket: z.string().nullable(),
    }),
  ),
  target_abilities: z.strictObject({
    versions: z.boolean(),
    tags: z.boolean(),
    checksums: z.boolean(),
    objectLock: z.boolean(),
    multipart: z.boolean(),
  }),
  /** What becomes of the source when it is time: `none` when nobody but who runs it can make it read-only. */
  fence: z.enum(["read-only", "none"]),
  not_carried: z.array(notCarried),
  /** Why it would be refused as asked. */
  blockers: z.array(z.string()),
  warnings: z.array(z.string()),
});

export const migrationReportSchema = z.strictObject({
  objects: z.int(),
  delete_markers: z.int(),
  bytes: z.int(),
  verified: z.int(),
  failed: z.int(),
  /** The first 1,000. */
  failed_objects: z.array(notCarried),
  /** The first 1,000 of objects, and all of buckets. */
  not_carried: z.array(notCarried),
  warnings: z.array(z.string()),
});

export const migrationSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum([
      "planning",
      "planned",
      "copying",
      "switching",
      "completed",
      "failed",
      "cancelled",
      "rolling_back",
      "rolled_back",
    ]),
    source: z.strictObject({ id: z.int(), name: z.string().nullable() }),
    target: z.strictObject({ id: z.int(), name: z.string().nullable() }),
    job_id: z.string(),
    actor: z.string(),
    is_cancelled: z.boolean(),
    options: migrationOptionsSchema,
    plan: migrationPlanSchema.nullable(),
    report: migrationReportSchema.nullable(),
    /** Those that were moved, as they are now. */
    links: z.array(
      z.strictObject({
        link_id: z.string(),
        service_id: z.int(),
        project_id: z.string(),
        environment: z.string(),
        bucket: z.string().nullable(),
        needs_redeploy: z.boolean(),
      }),
    ),
    problem: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi("Migration");

const begun = z.strictObject({ job_id: z.string(), migration: migrationSchema });

export const migrationRoutes = {
  migrateService: defineRoute({
    method: "post",
    path: `${path}/migrate`,
    summary:
      "Carries everything of a service to another one, and moves its links there. With dry_run it only says what would be done.",
    tag,
    access: "services:write",
    alsoNeeds: ["services:create"],
    params: ofService,
    body: z.strictObject({
      target: z.union([
        z.strictObject({ service_id: z.int().min(1).max(2_147_483_647) }),
        z.strictObject({
          name: serviceNameSchema,
          engine: z.enum(serviceEngineNames),
          parameters: z.record(z.string(), z.unknown()).default({}),
        }),
      ]),
      options: migrationOptionsSchema.prefault({}),
    }),
    answers: { 202: begun },
    problems: ["CONFLICT", "UNPROCESSABLE", "NOT_IMPLEMENTED", "UNAVAILABLE"],
  }),
  listMigrations: defineRoute({
    method: "get",
    path: `${path}/migrations`,
    summary: "Migrations from and to a service, newest first. `before` is the id of one.",
    tag,
    access: "services:read",
    params: ofService,
    query: z.strictObject({
      before: migrationId().optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
    answers: { 200: z.array(migrationSchema) },
  }),
  getMigration: defineRoute({
    method: "get",
    path: `${path}/migrations/{migration_id}`,
    summary: "One migration: its plan, its report, and which projects must be redeployed.",
    tag,
    access: "services:read",
    params: ofMigration,
    answers: { 200: migrationSchema },
  }),
  cancelMigration: defineRoute({
    method: "post",
    path: `${path}/migrations/{migration_id}/cancel`,
    summary: "Ends a migration that has not switched: what it has copied is removed again.",
    tag,
    access: "services:write",
    params: ofMigration,
    body: z.strictObject({}).optional(),
    answers: { 202: migrationSchema },
    problems: ["CONFLICT"],
  }),
  rollbackMigration: defineRoute({
    method: "post",
    path: `${path}/migrations/{migration_id}/rollback`,
    summary:
      "Moves the links of a completed migration back to its source. What was written to the target since stays there.",
    tag,
    access: "services:write",
    params: ofMigration,
    body: z.strictObject({}).optional(),
    answers: { 202: begun },
    problems: ["CONFLICT"],
  }),
};
