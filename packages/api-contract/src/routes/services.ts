import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { serviceEngineNames } from "../service-parameters.ts";
import { z } from "../zod.ts";

const tag = "Services";
const path = "/api/external-services";

export const serviceId = z.strictObject({ id: z.coerce.number().int().min(1).max(2_147_483_647) });
const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");
const engine = z.enum(serviceEngineNames);
const serviceType = z.literal("s3");
const name = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9 _.-]*[A-Za-z0-9])?$/, "Expected letters, digits, blanks, _ . and -, at most 63");

export { name as serviceNameSchema };

export const serviceSchema = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    slug: z.string(),
    service_type: serviceType,
    engine,
    version: z.string().nullable(),
    status: z.enum(["pending", "creating", "running", "stopped", "failed", "upgrading", "deleting"]),
    status_reason: z.string().nullable(),
    region: z.string(),
    /** Where this server reaches it, and where clients do. Null: not known yet. */
    endpoint: z.string().nullable(),
    public_endpoint: z.string().nullable(),
    /** Where containers on its network reach it. Null: it is in none. */
    network_endpoint: z.string().nullable(),
    access_key: z.string().nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi("Service");

const service = serviceSchema;

const jsonSchema = z.looseObject({ type: z.literal("object"), readonly: z.array(z.string()) });

const container = z.strictObject({
  container_name: z.string(),
  container_id: z.string().nullable(),
  /** As it was asked for, and what that was: of its configuration, and of its manifest in the registry. */
  image: z.string(),
  image_id: z.string().nullable(),
  image_digest: z.string().nullable(),
  /** Null: its data is elsewhere. */
  volume: z.string().nullable(),
  network: z.string(),
  publish: z.enum(["loopback", "none"]),
  port: z.int().nullable(),
  console_port: z.int().nullable(),
  console_url: z.string().nullable(),
  /** It was there before Stave, and has not been made anew since. */
  is_imported: z.boolean(),
});

const detail = z.strictObject({
  service,
  /** Null: it runs in none of this installation. */
  container: container.nullable(),
  parameter_schema: jsonSchema,
  /** Secrets are `***`. */
  current_parameters: z.record(z.string(), z.unknown()),
});

const provider = z.strictObject({
  service_type: serviceType,
  display_name: z.string(),
  description: z.string(),
  icon_url: z.string().nullable(),
  color: z.string(),
  engines: z.array(
    z.strictObject({
      engine,
      display_name: z.string(),
      description: z.string(),
      is_available: z.boolean(),
      /** Why it is not. */
      unavailable_reason: z.string().nullable(),
      is_deprecated: z.boolean(),
    }),
  ),
});

const healthState = z.enum(["operational", "degraded", "down", "unknown"]);
const healthSummary = {
  service_id: z.int(),
  status: healthState,
  since: timestamp().nullable(),
  checked_at: timestamp().nullable(),
  latency_ms: z.int().nullable(),
  reason: z.string().nullable(),
  /** Of the checks of the last 24 hours; null when there were none. */
  uptime_24h_percent: z.number().nullable(),
};
const healthStatus = z.strictObject({
  ...healthSummary,
  checks: z.array(
    z.strictObject({
      at: timestamp(),
      status: z.enum(["operational", "degraded", "down"]),
      latency_ms: z.int().nullable(),
      reason: z.string().nullable(),
    }),
  ),
});

const availableContainer = z.strictObject({
  container_id: z.string(),
  container_name: z.string(),
  image: z.string(),
  /** The tag of the image. */
  version: z.string().nullable(),
  service_type: serviceType,
  engine,
  is_running: z.boolean(),
  exposed_ports: z.array(z.int()),
  published_ports: z.array(z.strictObject({ container: z.int(), host: z.int() })),
  volumes: z.array(z.strictObject({ name: z.string(), path: z.string() })),
  suggested_name: z.string(),
});

const goes = z.strictObject({
  service,
  buckets: z.array(z.strictObject({ name: z.string(), is_empty: z.boolean() })),
  access_keys: z.array(z.string()),
  /** With all versions. Null: nobody can look, or there are too many to be counted while you wait. */
  objects: z.int().nullable(),
  bytes: z.int().nullable(),
  /** In Docker, by name. */
  containers: z.array(z.string()),
  volumes: z.array(z.string()),
  networks: z.array(z.string()),
  /** With backups=delete they go, too. */
  backups: z.array(z.strictObject({ id: z.string(), state: z.string(), size_bytes: z.int(), created_at: timestamp() })),
  /** Why it would be refused as asked. */
  blockers: z.array(z.string()),
});

export const serviceRoutes = {
  listServiceTypes: defineRoute({
    method: "get",
    path: `${path}/types`,
    summary: "The types of services that can be made.",
    tag,
    access: "services:read",
    answers: { 200: z.array(z.string()) },
  }),
  getServiceTypeParameters: defineRoute({
    method: "get",
    path: `${path}/types/{type}/parameters`,
    summary: "What a service of a type is made from, as JSON Schema.",
    tag,
    access: "services:read",
    params: z.strictObject({ type: serviceType }),
    query: z.strictObject({ engine: engine.default("stave") }),
    answers: { 200: jsonSchema },
    problems: ["NOT_IMPLEMENTED"],
  }),
  listServiceProviders: defineRoute({
    method: "get",
    path: `${path}/providers/metadata`,
    summary: "How types of services are shown, and their engines.",
    tag,
    access: "services:read",
    answers: { 200: z.array(provider) },
  }),
  getServiceProvider: defineRoute({
    method: "get",
    path: `${path}/providers/metadata/{type}`,
    summary: "How a type of services is shown, and its engines.",
    tag,
    access: "services:read",
    params: z.strictObject({ type: serviceType }),
    answers: { 200: provider },
  }),
  listServices: defineRoute({
    method: "get",
    path,
    summary: "Services, by id.",
    tag,
    access: "services:read",
    query: z.strictObject({
      page: z.coerce.number().int().min(1).max(1_000_000).default(1),
      page_size: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    answers: { 200: z.array(service) },
  }),
  createService: defineRoute({
    method: "post",
    path,
    summary: "Makes a service; 202 when that takes longer, with the job in Location.",
    tag,
    access: "services:create",
    body: z.strictObject({
      name,
      service_type: serviceType,
      parameters: z.record(z.string(), z.unknown()).default({}),
    }),
    answers: { 201: service, 202: service },
    problems: ["CONFLICT", "UNPROCESSABLE", "NOT_IMPLEMENTED", "UNAVAILABLE"],
  }),
  listAvailableContainers: defineRoute({
    method: "get",
    path: `${path}/available-containers`,
    summary: "Containers with S3 servers of known engines that could be imported.",
    tag,
    access: "services:read",
    answers: { 200: z.array(availableContainer) },
    problems: ["UNAVAILABLE"],
  }),
  importService: defineRoute({
    method: "post",
    path: `${path}/import`,
    summary:
      "Makes a service of a container that is there already. It goes on as it is until a change needs a new one.",
    tag,
    access: "services:create",
    alsoNeeds: ["secrets:reveal"],
    body: z.strictObject({
      name,
      service_type: serviceType,
      container_id: z.string().regex(/^[0-9a-f]{64}$/, "Expected the id of a container, 64 digits"),
      parameters: z.record(z.string(), z.unknown()).default({}),
    }),
    answers: { 201: service },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  getServiceHealthBatch: defineRoute({
    method: "get",
    path: `${path}/health-status-batch`,
    summary: "How many services are at once. Ids that nobody has are left out.",
    tag,
    access: "services:read",
    query: z.strictObject({
      ids: z
        .string()
        .regex(/^[1-9]\d{0,8}(,[1-9]\d{0,8}){0,199}$/, "Expected 1 to 200 ids, with commas")
        .transform((text) => text.split(",").map(Number)),
    }),
    answers: { 200: z.array(z.strictObject(healthSummary)) },
  }),
  getServiceBySlug: defineRoute({
    method: "get",
    path: `${path}/by-slug/{slug}`,
    summary: "One service, by its slug.",
    tag,
    access: "services:read",
    params: z.strictObject({ slug: z.string().min(1).max(100) }),
    answers: { 200: detail },
  }),
  getService: defineRoute({
    method: "get",
    path: `${path}/{id}`,
    summary: "One service. Its ETag is for If-Match.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: detail },
  }),
  updateService: defineRoute({
    method: "put",
    path: `${path}/{id}`,
    summary:
      "Changes the name and those parameters that can be changed; 202 when a new container takes longer, with the job in Location.",
    tag,
    access: "services:write",
    params: serviceId,
    body: z.strictObject({ name: name.optional(), parameters: z.record(z.string(), z.unknown()).default({}) }),
    answers: { 200: detail, 202: detail },
    problems: ["CONFLICT", "PRECONDITION_FAILED", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  deleteService: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary:
      "Removes a service for good. With force its buckets and objects go, too, and with backups=delete its backups, which else are kept; with dry_run nothing does, and is named.",
    tag,
    access: "services:delete",
    params: serviceId,
    query: z.strictObject({
      force: flag,
      dry_run: flag,
      backups: z.enum(["keep", "delete"]).default("keep"),
      volume: z
        .enum(["keep", "remove"])
        .optional()
        .describe("Of a service in a container. That of an imported one is kept, and others go, unless you say so."),
    }),
    answers: { 200: goes, 202: service, 204: "empty" },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  startService: defineRoute({
    method: "post",
    path: `${path}/{id}/start`,
    summary: "Serves again what was stopped. A container that somebody has removed is made again on its volume.",
    tag,
    access: "services:write",
    params: serviceId,
    query: z.strictObject({
      allow_empty_volume: flag.describe("Also when the volume is gone, and with it what was stored."),
    }),
    answers: { 200: service, 202: service },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  stopService: defineRoute({
    method: "post",
    path: `${path}/{id}/stop`,
    summary: "Nobody reaches it until it is started; what it stores is kept.",
    tag,
    access: "services:write",
    params: serviceId,
    answers: { 200: service, 202: service },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  rotateService: defineRoute({
    method: "post",
    path: `${path}/{id}/rotate`,
    summary:
      "Gives a service new root credentials. Those of the built-in engine go on to work for a while; an external service is given its pair.",
    tag,
    access: "services:write",
    alsoNeeds: ["secrets:reveal"],
    params: serviceId,
    body: z.strictObject({
      grace_seconds: z.int().min(0).max(604_800).optional(),
      access_key: z
        .string()
        .min(1)
        .max(128)
        .regex(/^[\x21-\x7e]+$/)
        .optional(),
      secret_key: z
        .string()
        .min(1)
        .max(256)
        .regex(/^[\x21-\x7e]+$/)
        .optional(),
      test_bucket: z.string().min(3).max(63).optional(),
    }),
    answers: {
      200: z.strictObject({
        service,
        previous_access_key: z.string(),
        /** Null: this server does not decide that. */
        previous_expires_at: timestamp().nullable(),
        /** Applications that still run with the old one. */
        stale_links: z.array(z.strictObject({ link_id: z.string(), project: z.string(), environment: z.string() })),
      }),
      202: service,
    },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  revealServiceParameter: defineRoute({
    method: "get",
    path: `${path}/{id}/parameters/{parameter}`,
    summary: "Shows one secret of a service, and writes down that it was shown.",
    tag,
    access: "services:read",
    alsoNeeds: ["secrets:reveal"],
    params: z.strictObject({ ...serviceId.shape, parameter: z.string().min(1).max(64) }),
    answers: { 200: z.strictObject({ name: z.string(), value: z.string(), sensitive: z.literal(true) }) },
    problems: ["CONFLICT"],
    isSecret: true,
  }),
  getServiceHealth: defineRoute({
    method: "get",
    path: `${path}/{id}/health`,
    summary: "Whether the last check found the service at work.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.strictObject({ healthy: z.boolean() }) },
  }),
  getServiceHealthStatus: defineRoute({
    method: "get",
    path: `${path}/{id}/health-status`,
    summary: "How a service is, the last checks, newest first, and its uptime.",
    tag,
    access: "services:read",
    params: serviceId,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    answers: { 200: healthStatus },
  }),
  checkServiceHealth: defineRoute({
    method: "post",
    path: `${path}/{id}/health-check`,
    summary: "Looks at once how a service is.",
    tag,
    access: "services:write",
    params: serviceId,
    answers: { 200: healthStatus },
  }),
};
