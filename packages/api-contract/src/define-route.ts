import type { Permission } from "./permissions.ts";
import type { ProblemCode } from "./problem.ts";
import type { z } from "./zod.ts";

/** What somebody must be or have: nothing, a session or token of any kind, or a permission. */
export type Access = "public" | "signed-in" | Permission;

/** One answer that is no error: the shape of its JSON, none at all, or bytes of some media type. */
export type AnswerShape = z.ZodType | "empty" | { readonly mediaType: string };

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
  readonly bytes?: { readonly mediaTypes: readonly string[] };
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Beside those that every route can end with. */
  readonly problems?: readonly ProblemCode[];
  /** Nobody may keep the answer: it holds a secret. */
  readonly isSecret?: boolean;
};

/** Keeps the exact types of a route's schemas. */
export function defineRoute<const Route extends RouteDefinition>(route: Route): Route {
  return route;
}
