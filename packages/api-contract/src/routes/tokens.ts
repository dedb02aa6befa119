import { defineRoute } from "../define-route.ts";
import { pageOf, timestamp } from "../pagination.ts";
import { permissions } from "../permissions.ts";
import { title } from "../plain-text.ts";
import { z } from "../zod.ts";

const tag = "Tokens";

const tokenFields = {
  id: z.string(),
  name: z.string(),
  permissions: z.array(z.enum(permissions)),
  /** Null: of nobody, as the administrator token of the first start. */
  userId: z.string().nullable(),
  createdAt: timestamp(),
  expiresAt: timestamp().nullable(),
  lastUsedAt: timestamp().nullable(),
};

export const tokenRoutes = {
  listTokens: defineRoute({
    method: "get",
    path: "/api/tokens",
    summary: "The caller's tokens that were not revoked; with `users:read` everybody's. All of them are one page.",
    tag,
    access: "signed-in",
    answers: { 200: pageOf(z.strictObject(tokenFields).openapi("Token")) },
  }),
  createToken: defineRoute({
    method: "post",
    path: "/api/tokens",
    summary: "Makes a token, with no more permissions than the caller has. It is answered this once.",
    tag,
    access: "signed-in",
    body: z.strictObject({
      name: title(),
      permissions: z.array(z.enum(permissions)).min(1).max(permissions.length),
      /** Null or absent: it does not expire, unless the token that makes it does. */
      expiresAt: timestamp().nullable().optional(),
    }),
    answers: {
      201: z.strictObject({ data: z.strictObject({ ...tokenFields, token: z.string() }).openapi("NewToken") }),
    },
    problems: ["UNPROCESSABLE", "CONFLICT"],
    isSecret: true,
  }),
  revokeToken: defineRoute({
    method: "delete",
    path: "/api/tokens/{id}",
    summary: "Revokes a token at once: one's own, with `users:write` anybody's.",
    tag,
    access: "signed-in",
    params: z.strictObject({ id: z.string().min(1).max(32) }),
    answers: { 204: "empty" },
    problems: ["CONFLICT"],
  }),
};
