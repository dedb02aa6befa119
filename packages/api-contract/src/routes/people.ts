import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { permissions, roles } from "../permissions.ts";
import { title } from "../plain-text.ts";
import { z } from "../zod.ts";

const tag = "People";

// The audit log names people by their address, in at most 256 characters.
const email = z.email().max(200).openapi({
  pattern: "^(?:[A-Za-z0-9_'+-]+\\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\\.)+[A-Za-z]{2,}$",
});
const name = title();
/** Length counts, no kinds of characters do: https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver */
const newPassword = z
  .string()
  .min(12)
  .max(1024)
  .refine((text) => new TextEncoder().encode(text).length <= 1024, "Expected at most 1,024 bytes of UTF-8");
const givenPassword = z.string().min(1).max(1024);

const user = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    isDisabled: z.boolean(),
    /** With an identity provider, which also says their role, or with a password. */
    signsInWith: z.enum(["password", "oidc"]),
    createdAt: timestamp(),
  })
  .openapi("User");

const session = z
  .strictObject({
    kind: z.enum(["session", "token"]),
    user: z.union([user, z.null()]),
    permissions: z.array(z.enum(permissions)),
    expiresAt: timestamp().nullable(),
  })
  .openapi("Session");

const newUser = { email, name, password: newPassword };
const userId = z.strictObject({ id: z.string().min(1).max(32) });

export const peopleRoutes = {
  setUp: defineRoute({
    method: "post",
    path: "/api/setup",
    summary: "Makes the first user, an admin, with the administrator token of the first start.",
    tag,
    access: "users:write",
    body: z.strictObject(newUser),
    answers: { 201: z.strictObject({ data: user }) },
    problems: ["CONFLICT"],
  }),
  signIn: defineRoute({
    method: "post",
    path: "/api/session",
    summary: "Signs in: the answer sets the cookie `stave_session`.",
    tag,
    access: "public",
    limit: "login",
    body: z.strictObject({ email: z.string().min(1).max(320), password: givenPassword }),
    answers: { 200: z.strictObject({ data: session }) },
    problems: ["UNAUTHENTICATED", "UNAVAILABLE"],
    isSecret: true,
  }),
  getSession: defineRoute({
    method: "get",
    path: "/api/session",
    summary: "Who calls, and what they may do.",
    tag,
    access: "signed-in",
    answers: { 200: z.strictObject({ data: session }) },
  }),
  signOut: defineRoute({
    method: "delete",
    path: "/api/session",
    summary: "Ends the session.",
    tag,
    access: "signed-in",
    answers: { 204: "empty" },
    problems: ["CONFLICT"],
  }),
  changePassword: defineRoute({
    method: "put",
    path: "/api/session/password",
    summary: "Changes the caller's own password, and ends all of their sessions.",
    tag,
    access: "signed-in",
    limit: "login",
    body: z.strictObject({ currentPassword: givenPassword, newPassword }),
    answers: { 204: "empty" },
    problems: ["CONFLICT", "UNPROCESSABLE", "UNAVAILABLE"],
  }),
  listUsers: defineRoute({
    method: "get",
    path: "/api/users",
    summary: "Who may sign in.",
    tag,
    access: "users:read",
    query: z.strictObject(pageQuery),
    answers: { 200: pageOf(user) },
  }),
  createUser: defineRoute({
    method: "post",
    path: "/api/users",
    summary: "Adds somebody, with no more rights than the caller has.",
    tag,
    access: "users:write",
    body: z.strictObject({ ...newUser, role: z.enum(roles) }),
    answers: { 201: z.strictObject({ data: user }) },
    problems: ["CONFLICT", "UNAVAILABLE"],
  }),
  getUser: defineRoute({
    method: "get",
    path: "/api/users/{id}",
    summary: "One user.",
    tag,
    access: "users:read",
    params: userId,
    answers: { 200: z.strictObject({ data: user }) },
  }),
  changeUser: defineRoute({
    method: "patch",
    path: "/api/users/{id}",
    summary: "Changes a user. A new password, and being disabled, end their sessions.",
    tag,
    access: "users:write",
    params: userId,
    body: z.strictObject({
      name: name.optional(),
      role: z.enum(roles).optional(),
      password: newPassword.optional(),
      isDisabled: z.boolean().optional(),
    }),
    answers: { 200: z.strictObject({ data: user }) },
    problems: ["CONFLICT", "PRECONDITION_FAILED", "UNAVAILABLE"],
  }),
  removeUser: defineRoute({
    method: "delete",
    path: "/api/users/{id}",
    summary: "Removes a user, with their sessions and tokens.",
    tag,
    access: "users:write",
    params: userId,
    answers: { 204: "empty" },
    problems: ["CONFLICT", "PRECONDITION_FAILED"],
  }),
};
