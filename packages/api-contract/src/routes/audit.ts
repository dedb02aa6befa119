import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

export const auditRoutes = {
  listAudit: defineRoute({
    method: "get",
    path: "/api/audit",
    summary: "Who did what, newest first. With `Accept: text/csv` all of it as a table, without pages.",
    tag: "Audit",
    access: "audit:read",
    query: z.strictObject({
      ...pageQuery,
      actor: z.string().min(1).max(256).optional(),
      action: z.string().min(1).max(100).optional(),
      subject: z.string().min(1).max(2048).optional(),
      /** Not before this. */
      from: timestamp().optional(),
      /** Before this. */
      to: timestamp().optional(),
    }),
    answers: {
      200: {
        json: pageOf(
          z
            .strictObject({
              id: z.string(),
              at: timestamp(),
              actor: z.string(),
              action: z.string(),
              subject: z.string(),
              details: z.record(z.string(), z.unknown()),
            })
            .openapi("AuditEntry"),
        ),
        orMediaType: "text/csv",
      },
    },
  }),
};
