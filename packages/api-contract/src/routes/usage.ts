import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

const tag = "Usage";

const counted = {
  buckets: z.int(),
  objects: z.int(),
  /** Older ones included; bytes are of all versions. */
  versions: z.int(),
  sizeBytes: z.int(),
};

export const usageRoutes = {
  getUsage: defineRoute({
    method: "get",
    path: "/api/usage",
    summary: "What is stored by the built-in engine, exactly: in all, by service and by project.",
    tag,
    access: "services:read",
    answers: {
      200: z.strictObject({
        data: z.strictObject({
          at: timestamp(),
          total: z.strictObject(counted),
          services: z.array(
            z.strictObject({ id: z.int(), name: z.string(), ...counted, quotaBytes: z.int().nullable() }),
          ),
          projects: z.array(z.strictObject({ id: z.string(), name: z.string(), ...counted })),
        }),
      }),
    },
    problems: ["UNAVAILABLE"],
  }),
  listBucketUsage: defineRoute({
    method: "get",
    path: "/api/usage/buckets",
    summary: "What is stored in each bucket of the built-in engine, by name.",
    tag,
    access: "services:read",
    query: z.strictObject({ ...pageQuery, serviceId: z.coerce.number().int().min(1).optional() }),
    answers: {
      200: pageOf(
        z.strictObject({
          bucket: z.string(),
          /** Null: of an account that is no service. */
          serviceId: z.int().nullable(),
          objects: z.int(),
          versions: z.int(),
          sizeBytes: z.int(),
          quotaBytes: z.int().nullable(),
        }),
      ),
    },
    problems: ["UNAVAILABLE"],
  }),
};
