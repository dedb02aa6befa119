import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

const tag = "Jobs";

const jobState = z.enum(["waiting", "running", "undoing", "completed", "failed", "cancelled"]);
const jobFields = {
  id: z.string(),
  /** `service:create` */
  type: z.string(),
  state: jobState,
  /** What it is about, `service:10` */
  subject: z.string(),
  actor: z.string(),
  progress: z
    .strictObject({ done: z.number(), total: z.number().optional(), message: z.string().optional() })
    .nullable(),
  steps: z.array(z.strictObject({ name: z.string(), state: z.enum(["waiting", "running", "done", "undone"]) })),
  result: z.record(z.string(), z.unknown()).nullable(),
  problem: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
  createdAt: timestamp(),
  finishedAt: timestamp().nullable(),
};

const job = z.strictObject(jobFields).openapi("Job");

// Not `extend`: what allows nothing else cannot be added to in JSON Schema.
const jobWithLog = z
  .strictObject({
    ...jobFields,
    log: z.array(z.strictObject({ at: timestamp(), step: z.string(), message: z.string() })),
  })
  .openapi("JobWithLog");

const jobId = z.strictObject({ id: z.string().regex(/^[\da-z]{1,64}$/) });

export const jobRoutes = {
  listJobs: defineRoute({
    method: "get",
    path: "/api/jobs",
    summary: "Jobs, newest first.",
    tag,
    access: "jobs:read",
    query: z.strictObject({
      ...pageQuery,
      state: jobState.optional(),
      type: z.string().min(1).max(64).optional(),
      subject: z.string().min(1).max(256).optional(),
    }),
    answers: { 200: pageOf(job) },
  }),
  getJob: defineRoute({
    method: "get",
    path: "/api/jobs/{id}",
    summary: "One job: its steps, how far it is, how it ended, and what it has written down meanwhile.",
    tag,
    access: "jobs:read",
    params: jobId,
    answers: { 200: z.strictObject({ data: jobWithLog }) },
  }),
  cancelJob: defineRoute({
    method: "post",
    path: "/api/jobs/{id}/cancel",
    summary: "Calls a job off that has not begun.",
    tag,
    access: "jobs:write",
    params: jobId,
    answers: { 200: z.strictObject({ data: job }) },
    problems: ["CONFLICT"],
  }),
  streamEvents: defineRoute({
    method: "get",
    path: "/api/events",
    summary:
      "Server-sent events of jobs (`job`), services (`service`) and their health (`service:health`, `service:alert`, `service:recovery`), containers (`service:container`, `service:drift`, `service:oom`) and alerts (`alert:firing`, `alert:resolved`), as far as the caller may read them. Last-Event-ID, or `after`, goes on after an event; `reset` says that some in between are not kept any more.",
    tag,
    access: "signed-in",
    query: z.strictObject({ after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional() }),
    answers: { 200: { mediaType: "text/event-stream" } },
  }),
};
