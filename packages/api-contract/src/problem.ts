import { z } from "./zod.ts";

/** Every code that an error can have. They never change their meaning. */
export const problemCodes = [
  "INVALID_REQUEST",
  "INVALID_JSON",
  "UNKNOWN_FIELD",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "ORIGIN_REFUSED",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "CONFLICT",
  "PRECONDITION_FAILED",
  "BODY_TOO_LARGE",
  "HEADERS_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "RANGE_NOT_SATISFIABLE",
  "UNPROCESSABLE",
  "IDEMPOTENCY_KEY_REUSED",
  "IDEMPOTENCY_KEY_IN_USE",
  "S3_ACCESS_KEY_NOT_FOUND",
  "S3_ACCESS_KEY_LIMIT_EXCEEDED",
  "TOO_MANY_REQUESTS",
  "INTERNAL_ERROR",
  "NOT_IMPLEMENTED",
  "UNAVAILABLE",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** RFC 9457, https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    /** Stable, for programs. */
    code: z.enum(problemCodes),
    /** Per field: where it is, as a JSON pointer, and what is wrong with it. */
    errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
    /** What a person can do about it. */
    nextActions: z.array(z.string()).optional(),
    requestId: z.string(),
  })
  .openapi("Problem");

export type ProblemDocument = z.output<typeof problemSchema>;
