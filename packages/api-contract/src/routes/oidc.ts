import { defineRoute } from "../define-route.ts";
import { z } from "../zod.ts";

const tag = "People";

const method = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("password") }),
    z.strictObject({
      kind: z.literal("oidc"),
      /** The host of the provider, for a button. */
      name: z.string(),
      /** Where a browser goes to sign in. */
      path: z.string(),
    }),
  ])
  .openapi("SignInMethod");

export const oidcRoutes = {
  getSignInMethods: defineRoute({
    method: "get",
    path: "/api/session/methods",
    summary: "How somebody can sign in: what a page for it can offer.",
    tag,
    access: "public",
    answers: { 200: z.strictObject({ data: z.array(method) }) },
  }),
  beginOidcSignIn: defineRoute({
    method: "get",
    path: "/api/session/oidc",
    summary: "Sends a browser to the identity provider. Where there is none it is not found.",
    tag,
    access: "public",
    limit: "login",
    query: z.strictObject({
      /** A path of this server, for afterwards. */
      return_to: z.string().max(1024).default("/"),
    }),
    answers: { 303: "empty" },
    problems: ["NOT_FOUND", "UNAVAILABLE"],
    isSecret: true,
  }),
  completeOidcSignIn: defineRoute({
    method: "get",
    path: "/api/session/oidc/callback",
    summary:
      "Where the identity provider sends the browser back to: sets the cookie `stave_session`. A browser that is refused goes to `/?signInError=CODE`.",
    tag,
    access: "public",
    limit: "login",
    // Providers add what they like.
    query: z.looseObject({ state: z.string().max(512) }),
    answers: { 303: "empty" },
    problems: ["CONFLICT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED", "UNAVAILABLE"],
    isSecret: true,
  }),
};
