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

const keyUsage = z.strictObject({
  /** Null: what nobody has signed (`unsigned`), and the keys for which there was no room (`other`). */
  accessKeyId: z.string().nullable(),
  kind: z.enum(["key", "unsigned", "other"]),
  /** By what was asked for, refused or not. */
  requests: z.strictObject({
    total: z.int(),
    read: z.int(),
    write: z.int(),
    list: z.int(),
    delete: z.int(),
    other: z.int(),
  }),
  /** Answers of 400 and above, and of 500 and above. */
  errors: z.strictObject({ client: z.int(), server: z.int() }),
  /** Of its connections, heads included. */
  receivedBytes: z.int(),
  sentBytes: z.int(),
  /** When the gateway began to count. */
  since: timestamp(),
});

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
  listKeyUsage: defineRoute({
    method: "get",
    path: "/api/usage/keys",
    summary: "What was asked of the built-in engine with each access key, by its id, up to some seconds ago.",
    tag,
    access: "keys:read",
    query: z.strictObject(pageQuery),
    answers: { 200: pageOf(keyUsage) },
    problems: ["UNAVAILABLE"],
  }),
};
