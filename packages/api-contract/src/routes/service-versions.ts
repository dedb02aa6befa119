import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceId, serviceSchema } from "./services.ts";

const tag = "Services";
const path = "/api/external-services/{id}";

const image = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\w.:/@-]+$/, "Expected an image such as rustfs/rustfs:1.0.0");

const healthTimeout = z
  .int()
  .min(1)
  .max(3600)
  .default(60)
  .describe("How long the new container may take until it is healthy. Then the old one comes back.");

const version = z
  .strictObject({
    id: z.string(),
    image: z.string(),
    image_id: z.string().nullable(),
    image_digest: z.string().nullable(),
    reason: z.enum(["created", "upgraded", "rolled-back"]),
    is_current: z.boolean(),
    since: timestamp(),
    job_id: z.string().nullable(),
  })
  .openapi("ServiceVersion");

const snapshot = z
  .strictObject({
    volume: z.string(),
    taken_at: timestamp(),
    image: z.string(),
    image_id: z.string().nullable(),
    size_bytes: z.int().nullable(),
    job_id: z.string(),
  })
  .openapi("ServiceSnapshot");

const begun = z.strictObject({ job_id: z.string(), service: serviceSchema });

/** Other images of services in containers. */
export const serviceVersionRoutes = {
  upgradeService: defineRoute({
    method: "post",
    path: `${path}/upgrade`,
    summary:
      "Runs another image of the same engine on the same data. The old container comes back unless the new one is healthy and serves S3: the log of the job says what happened.",
    tag,
    access: "services:write",
    params: serviceId,
    body: z.strictObject({
      docker_image: image,
      pull: z
        .boolean()
        .default(false)
        .describe("Whether the registry is asked although there is an image of this name on the machine."),
      backup: z
        .strictObject({ destination_id: z.string().min(1).max(64), with_versions: z.boolean().default(false) })
        .optional()
        .describe("A backup to make first. Without it nothing is changed. Needs backups:create, too."),
      snapshot: z
        .boolean()
        .default(false)
        .describe(
          "Whether the volume is copied first, while the service is stopped: rollback can bring that back. The last one is kept.",
        ),
      health_timeout_seconds: healthTimeout,
    }),
    answers: { 202: begun },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE", "PERMISSION_DENIED"],
  }),
  rollbackService: defineRoute({
    method: "post",
    path: `${path}/rollback`,
    summary:
      "Runs an image that the service has run before: the last other one, or the one that is named. With restore_snapshot also on the volume as it was then.",
    tag,
    access: "services:write",
    params: serviceId,
    body: z.strictObject({
      version_id: z.string().min(1).max(64).optional(),
      restore_snapshot: z
        .boolean()
        .default(false)
        .describe("What was written since then is not in the service any more: it becomes the snapshot."),
      confirm: z.string().max(100).optional().describe("With restore_snapshot: the name of the service."),
      health_timeout_seconds: healthTimeout,
    }),
    answers: { 202: begun },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  listServiceVersions: defineRoute({
    method: "get",
    path: `${path}/versions`,
    summary: "Images that the service has run and proven itself with, newest first, at most 100.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.strictObject({ versions: z.array(version), snapshot: snapshot.nullable() }) },
    problems: ["CONFLICT"],
  }),
  deleteServiceSnapshot: defineRoute({
    method: "delete",
    path: `${path}/snapshot`,
    summary: "Removes the snapshot of the volume for ever.",
    tag,
    access: "services:write",
    params: serviceId,
    answers: { 204: "empty" },
    problems: ["CONFLICT", "UNAVAILABLE"],
  }),
};
