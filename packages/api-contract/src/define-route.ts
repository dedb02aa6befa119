import type { Permission } from "./permissions.ts";
import type { ProblemCode } from "./problem.ts";
import type { z } from "./zod.ts";

/** What somebody must be or have: nothing, a session or token of any kind, or a permission. */
export type Access = "public" | "signed-in" | Permission;

/** One answer that is no error: the shape of its JSON, none at all, bytes of some media type, or the one or the other as `Accept` says. */
export type AnswerShape =
  | z.ZodType
  | "empty"
  | { readonly mediaType: string }
  | { readonly json: z.ZodType; readonly orMediaType: string };

/** How often one address may call: generously, unless the route says otherwise. */
export type LimitName = "default" | "login" | "key-admin";

/** One call of the API, as clients and the server see it. */
export type RouteDefinition = {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** With `{name}` for each of `params`; `{name+}` at the end takes slashes too. */
  readonly path: `/api/${string}`;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  /** Further permissions that are needed as well. */
  readonly alsoNeeds?: readonly Permission[];
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** JSON. A route that takes bytes says so with `bytes`. */
  readonly body?: z.ZodType;
  readonly bytes?: {
    readonly mediaTypes: readonly string[];
    /** They may also come as the file of a form, in this one field. */
    readonly formField?: string;
  };
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Beside those that every route can end with. */
  readonly problems?: readonly ProblemCode[];
  /** Counted on top of the default limit. */
  readonly limit?: Exclude<LimitName, "default">;
  /** Nobody may keep the answer: it holds a secret. */
  readonly isSecret?: boolean;
};

/** Whether an `Idempotency-Key` makes it safe to send a request again: for every POST that creates something. */
export function takesIdempotencyKey({ method, access, bytes, answers }: RouteDefinition): boolean {
  return method === "post" && access !== "public" && bytes === undefined && (201 in answers || 202 in answers);
}

/** Keeps the exact types of a route's schemas. */
export function defineRoute<const Route extends RouteDefinition>(route: Route): Route {
  return route;
}
