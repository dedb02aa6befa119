import { defineRoute } from "../define-route.ts";
import { pageOf, timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

const tag = "Notices";
const path = "/api/notice-webhooks";

const fields = {
  id: z.string(),
  name: z.string(),
  url: z.string(),
  /** Null: none was delivered yet. */
  deliveredAt: timestamp().nullable(),
  /** Why the last attempt has failed; null when it has not. */
  error: z.string().nullable(),
  failedAt: timestamp().nullable(),
  createdAt: timestamp(),
};

const webhookId = z.strictObject({ id: z.string().regex(/^[\da-f]{1,32}$/) });

export const noticeWebhookRoutes = {
  listNoticeWebhooks: defineRoute({
    method: "get",
    path,
    summary: "Who is told of alerts, of services that are down or up again, and of kills for want of memory.",
    tag,
    access: "settings:read",
    answers: { 200: pageOf(z.strictObject(fields).openapi("NoticeWebhook")) },
  }),
  createNoticeWebhook: defineRoute({
    method: "post",
    path,
    summary:
      "Tells a URL from now on, signed as Standard Webhooks are. The secret it is signed with is answered this once.",
    tag,
    access: "settings:write",
    body: z.strictObject({
      name: z.string().trim().min(1).max(100),
      url: z.url({ protocol: /^https?$/ }).max(1024),
    }),
    answers: {
      201: z.strictObject({ data: z.strictObject({ ...fields, secret: z.string() }).openapi("NewNoticeWebhook") }),
    },
    problems: ["CONFLICT", "UNPROCESSABLE"],
    isSecret: true,
  }),
  testNoticeWebhook: defineRoute({
    method: "post",
    path: `${path}/{id}/test`,
    summary: "Sends a notice that says that it is a test; 200 when it was taken, 422 with the reason when not.",
    tag,
    access: "settings:write",
    params: webhookId,
    answers: { 200: z.strictObject({ data: z.strictObject(fields) }) },
    problems: ["UNPROCESSABLE"],
  }),
  deleteNoticeWebhook: defineRoute({
    method: "delete",
    path: `${path}/{id}`,
    summary: "Tells it no more.",
    tag,
    access: "settings:write",
    params: webhookId,
    answers: { 204: "empty" },
  }),
};
