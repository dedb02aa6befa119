import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";

const tag = "Requests";

/** Of the gateway, 16 hex digits in upper case. */
const requestId = z.string().regex(/^[0-9A-F]{16}$/);

const refusal = {
  requestId,
  time: timestamp(),
  remoteAddress: z.string().optional(),
  method: z.string(),
  path: z.string(),
  operation: z.string().optional(),
  /** That signed, or was said to. */
  accessKeyId: z.string().optional(),
  status: z.int(),
  code: z.string(),
};

/** What is told beyond this is for people: how it looks may change. */
const explanation = z
  .looseObject({
    ...refusal,
    host: z.string(),
    /** As the client was told. */
    message: z.string(),
    /** What is wrong and what to do, the likeliest first. */
    hints: z.array(z.string()),
  })
  .openapi("RefusalExplanation");

export const refusalRoutes = {
  listRefusals: defineRoute({
    method: "get",
    path: "/api/requests",
    summary: "The newest requests for S3 that were refused for lack of access, newest first.",
    tag,
    access: "audit:read",
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(1000).default(50),
      /** Only those of this access key id. */
      key: z.string().min(1).max(128).optional(),
      /** Only those with this code of S3. */
      code: z
        .string()
        .regex(/^[A-Za-z]{1,64}$/)
        .optional(),
    }),
    answers: { 200: z.strictObject({ data: z.array(z.strictObject(refusal).openapi("Refusal")) }) },
    problems: ["UNAVAILABLE"],
  }),
  explainRefusal: defineRoute({
    method: "get",
    path: "/api/requests/{requestId}/why",
    summary: "Why a request for S3 was refused, and what to do about it. With `Accept: text/plain` for people.",
    tag,
    access: "audit:read",
    params: z.strictObject({ requestId }),
    answers: { 200: { json: z.strictObject({ data: explanation }), orMediaType: "text/plain" } },
    problems: ["NOT_FOUND", "UNAVAILABLE"],
  }),
};
