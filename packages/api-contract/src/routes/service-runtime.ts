import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceId, serviceSchema } from "./services.ts";

const tag = "Containers of services";
const path = "/api/external-services/{id}";

const whole = z.int().min(1).max(16_777_216);
const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal"]);

/** In the numbers of Docker: swap is the total of memory and swap. Null is unlimited. */
const limits = z
  .strictObject({
    memory_mb: z.number().nullable(),
    memory_swap_mb: z.number().nullable(),
    nano_cpus: z.int().nullable(),
    cpu_shares: z.null(),
    shm_size_mb: z.number().nullable(),
  })
  .openapi("ResourceLimits");

const runtimeMember = z.strictObject({
  role: z.literal("standalone"),
  container_name: z.string(),
  /** Null, as the status: there is no such container. */
  container_id: z.string().nullable(),
  status: z.enum(["created", "dead", "exited", "paused", "removing", "restarting", "running"]).nullable(),
  /** By Docker, since somebody has started it last. A steady climb is a crash loop. */
  restart_count: z.int(),
  /** In the last hour. */
  restart_rate_per_hour: z.int(),
  /** Whether it was killed for want of memory when it ended last. */
  oom_killed: z.boolean(),
  /** How often something in it was killed for want of memory, and when last. */
  oom_count: z.int(),
  last_oom_at: timestamp().nullable(),
  /** Whether somebody has said that he knows of the last one. */
  oom_acknowledged: z.boolean(),
  exit_code: z.int().nullable(),
  /** Why Docker could not start it. */
  error: z.string().nullable(),
  started_at: timestamp().nullable(),
  finished_at: timestamp().nullable(),
  image: z.string(),
  /** Null: there is no container. */
  resource_limits: limits.nullable(),
  configured_limits: limits,
  /** Whether it is limited otherwise than configured, and in which fields. */
  drift: z.boolean(),
  drift_fields: z.array(z.enum(["memory_mb", "memory_swap_mb", "nano_cpus", "pids", "shm_size_mb"])),
});

/** `none`: it runs in no container of this installation. */
const topology = z.enum(["standalone", "none"]);

const statsMember = z.strictObject({
  role: z.literal("standalone"),
  container_name: z.string(),
  outcome: z.enum(["sampled", "stopped", "missing", "failed"]),
  error: z.string().nullable(),
  sampled_at: timestamp().nullable(),
  /** 100 for each core that was busy: 150 is one and a half. */
  cpu_percent: z.number().nullable(),
  online_cpus: z.int().nullable(),
  memory_usage_bytes: z.int().nullable(),
  /** The limit, or what the machine has. */
  memory_limit_bytes: z.int().nullable(),
  /** Of the limit when there is one, of the machine's memory otherwise. */
  memory_percent: z.number().nullable(),
  pids: z.int().nullable(),
  network_received_bytes: z.int().nullable(),
  network_sent_bytes: z.int().nullable(),
  disk_read_bytes: z.int().nullable(),
  disk_written_bytes: z.int().nullable(),
});

const applied = z.strictObject({
  role: z.literal("standalone"),
  container_name: z.string(),
  /**
   * `applied`: in force, read back. `stopped`: in force from the next start. `missing`: there is no container; the next one has them. `failed`: it
   * has its old limits still. `requires_recreate`: what can be changed while it runs was.
   */
  outcome: z.enum(["applied", "stopped", "missing", "failed", "requires_recreate"]),
  error: z.string().nullable(),
  /** False: Docker cannot take a limit away while a container runs, so that it may use what the machine has now, and no swap. */
  exact: z.boolean(),
  /** What makes it exact, if somebody wants that: `POST` there. */
  recreate: z.string().nullable(),
});

const oom = z.strictObject({
  service_id: z.int(),
  oom_count: z.int(),
  last_oom_at: timestamp().nullable(),
  oom_acknowledged: z.boolean(),
});

export const serviceRuntimeRoutes = {
  getServiceRuntime: defineRoute({
    method: "get",
    path: `${path}/runtime`,
    summary: "How the container of a service is, what it is limited to, and whether that is as configured.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.strictObject({ service_id: z.int(), topology, members: z.array(runtimeMember) }) },
    problems: ["CONFLICT", "UNAVAILABLE"],
  }),
  getServiceStats: defineRoute({
    method: "get",
    path: `${path}/stats`,
    summary: "What the container of a service uses. Asked every 5 seconds by many, Docker is asked once.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.strictObject({ service_id: z.int(), topology, members: z.array(statsMember) }) },
    problems: ["UNAVAILABLE"],
  }),
  changeServiceResources: defineRoute({
    method: "patch",
    path: `${path}/resources`,
    summary:
      "Limits what the container of a service may use, while it runs. Null takes a limit away, what is left out stays as it is.",
    tag,
    access: "services:write",
    params: serviceId,
    query: z.strictObject({
      force: z
        .enum(["true", "false"])
        .default("false")
        .transform((text) => text === "true")
        .describe("Also less memory than it uses now, for which it may be killed."),
    }),
    body: z
      .strictObject({
        memory_mb: whole.nullable().optional(),
        memory_swap_mb: whole.nullable().optional().describe("Memory and swap together."),
        nano_cpus: z.int().min(1).max(1e15).nullable().optional().describe("1,000,000,000 is one core."),
        cpu_shares: z.null().optional().describe("Only null: use nano_cpus."),
        shm_size_mb: whole.nullable().optional().describe("Takes a new container: see recreate."),
      })
      .refine((body) => Object.keys(body).length > 0, "Expected at least one limit; null takes one away")
      .openapi({ minProperties: 1 }),
    answers: { 200: z.strictObject({ limits, applied: z.array(applied) }) },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  recreateService: defineRoute({
    method: "post",
    path: `${path}/recreate`,
    summary:
      "Puts a new container in the place of the old one, on the same volume and with exactly the configured limits; the old one comes back if the new one does not serve. It is away for about a second.",
    tag,
    access: "services:write",
    params: serviceId,
    answers: { 200: serviceSchema, 202: serviceSchema },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  acknowledgeServiceOom: defineRoute({
    method: "post",
    path: `${path}/oom/acknowledge`,
    summary: "Says that somebody knows that the service was killed for want of memory: until the next time.",
    tag,
    access: "services:write",
    params: serviceId,
    answers: { 200: oom },
    problems: ["UNPROCESSABLE"],
  }),
  getServiceLogs: defineRoute({
    method: "get",
    path: `${path}/logs`,
    summary:
      "What the container of a service has printed, without its secrets. With follow as server-sent events, and what comes.",
    tag,
    access: "services:read",
    params: serviceId,
    query: z.strictObject({
      from: z.iso.datetime({ offset: true }).optional().describe("Without: 24 hours ago."),
      to: z.iso.datetime({ offset: true }).optional(),
      tail: z.coerce.number().int().min(1).max(1000).default(200).describe("At most so many lines, the last ones."),
      text: z.string().min(1).max(200).optional().describe("Only lines with this in them, in any case of letters."),
      level: logLevel.optional().describe("Only lines that say that they are so bad, or worse."),
      follow: z
        .enum(["true", "false"])
        .default("false")
        .transform((text) => text === "true"),
    }),
    answers: {
      200: {
        json: z.strictObject({
          service_id: z.int(),
          lines: z.array(
            z.strictObject({
              at: timestamp(),
              stream: z.enum(["stdout", "stderr"]),
              /** Null: it says none. */
              level: logLevel.nullable(),
              text: z.string(),
            }),
          ),
          /** Older lines were left out, because they would be more than 2 MiB. */
          truncated: z.boolean(),
        }),
        orMediaType: "text/event-stream",
      },
    },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
};
