import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { serviceId } from "./services.ts";

const tag = "Metrics and alerts";
const path = "/api/external-services/{id}";

/** What can be measured of a service, and alerted on. */
export const serviceMetricNames = [
  "up",
  "cpu_percent",
  "memory_bytes",
  "memory_percent",
  "disk_bytes",
  "uptime_seconds",
  "requests_per_second",
  "errors_per_second",
] as const;

export const metricRanges = ["1h", "6h", "24h", "7d"] as const;

/** Null: not known, or not of this engine. */
const number = () => z.number().nullable();
const values = {
  /** 1 when the last check has found it at work, 0 when not; over a longer step how much of it. */
  up: number(),
  /** 100 for each core that was busy. */
  cpu_percent: number(),
  cpu_percent_max: number(),
  memory_bytes: number(),
  memory_bytes_max: number(),
  /** Of the limit when there is one, of the machine's memory otherwise. */
  memory_percent: number(),
  /** Of its volume; of the built-in engine what its buckets hold. Counted every ten minutes. */
  disk_bytes: number(),
  /** Since its container was started. */
  uptime_seconds: number(),
  /** Of the built-in engine, signed with keys of the service. */
  requests_per_second: number(),
  errors_per_second: number(),
};
const point = z.strictObject({ at: timestamp(), ...values });

const ruleFields = {
  name: z.string().trim().min(1).max(100),
  metric: z.enum(serviceMetricNames),
  comparison: z.enum(["gt", "gte", "lt", "lte"]),
  threshold: z.number().min(-1e18).max(1e18),
  /** So long it has to be so. */
  for_seconds: z.int().min(0).max(86_400),
  severity: z.enum(["warning", "critical"]),
  enabled: z.boolean(),
};
const rule = z
  .strictObject({
    id: z.string(),
    service_id: z.int(),
    ...ruleFields,
    /** It is so since then, and fires when that is `for_seconds` ago. */
    breached_since: timestamp().nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi("AlertRule");
const newRule = z.strictObject({
  ...ruleFields,
  for_seconds: ruleFields.for_seconds.default(0),
  severity: ruleFields.severity.default("warning"),
  enabled: ruleFields.enabled.default(true),
});

const { enabled: _, ...firedFields } = ruleFields;
const alert = z
  .strictObject({
    id: z.string(),
    service_id: z.int(),
    /** As it was when it fired. */
    rule: z.strictObject({ id: z.string(), ...firedFields }),
    state: z.enum(["firing", "resolved"]),
    /** With which it fired. */
    value: z.number(),
    fired_at: timestamp(),
    resolved_at: timestamp().nullable(),
    /** Recovered, or what was done with the rule. */
    resolution: z.enum(["recovered", "changed", "removed"]).nullable(),
  })
  .openapi("Alert");

const ruleId = z.strictObject({ ...serviceId.shape, rule_id: z.string().regex(/^[\da-f]{1,32}$/) });

export const serviceMetricRoutes = {
  getServiceMetrics: defineRoute({
    method: "get",
    path: `${path}/metrics`,
    summary: "How a service was, oldest first. History is kept for 7 days.",
    tag,
    access: "services:read",
    params: serviceId,
    query: z.strictObject({ range: z.enum(metricRanges).default("1h") }),
    answers: {
      200: z.strictObject({
        service_id: z.int(),
        range: z.enum(metricRanges),
        step_seconds: z.int(),
        points: z.array(point),
      }),
    },
  }),
  getLatestServiceMetrics: defineRoute({
    method: "get",
    path: `${path}/metrics/latest`,
    summary: "How a service was at the last look; every 30 seconds there is one.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.strictObject({ service_id: z.int(), point: point.nullable() }) },
  }),
  listAlertRules: defineRoute({
    method: "get",
    path: `${path}/alert-rules`,
    summary: "When somebody wants to be told of a service. All of them are one page.",
    tag,
    access: "services:read",
    params: serviceId,
    answers: { 200: z.array(rule) },
  }),
  createAlertRule: defineRoute({
    method: "post",
    path: `${path}/alert-rules`,
    summary: "Fires an alert when a metric of a service has been so for long enough.",
    tag,
    access: "services:write",
    params: serviceId,
    body: newRule,
    answers: { 201: rule },
    problems: ["CONFLICT"],
  }),
  getAlertRule: defineRoute({
    method: "get",
    path: `${path}/alert-rules/{rule_id}`,
    summary: "One rule.",
    tag,
    access: "services:read",
    params: ruleId,
    answers: { 200: rule },
  }),
  updateAlertRule: defineRoute({
    method: "put",
    path: `${path}/alert-rules/{rule_id}`,
    summary: "Puts another rule in its place. What it fires for is resolved; it begins anew.",
    tag,
    access: "services:write",
    params: ruleId,
    body: newRule,
    answers: { 200: rule },
  }),
  deleteAlertRule: defineRoute({
    method: "delete",
    path: `${path}/alert-rules/{rule_id}`,
    summary: "Removes a rule. What it fires for is resolved.",
    tag,
    access: "services:write",
    params: ruleId,
    answers: { 204: "empty" },
  }),
  listServiceAlerts: defineRoute({
    method: "get",
    path: `${path}/alerts`,
    summary: "What fires and what has fired, newest first. Kept for 30 days after it was resolved.",
    tag,
    access: "services:read",
    params: serviceId,
    query: z.strictObject({
      state: z.enum(["firing", "resolved"]).optional(),
      before: z
        .string()
        .regex(/^[\dA-Za-z]{1,48}$/)
        .optional()
        .describe("The id of an alert: those before it."),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answers: { 200: z.array(alert) },
  }),
};
