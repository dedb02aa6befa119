import type { RouteDefinition, z } from "@stave/api-contract";
import type { Request } from "express";
import { Problem } from "./problem.ts";

export type Validated = { readonly params: unknown; readonly query: unknown; readonly body: unknown };

/** What the contract says a request must have, and nothing beside it. Throws a {@link Problem} that names every field at fault. */
export function validate({ params, query, body }: RouteDefinition, request: Request): Validated {
  return {
    params: params && parse(params, joinSegments(request.params), "params"),
    query: query && parse(query, request.query, "query"),
    body: body && parse(body, request.body, "body"),
  };
}

/** Express gives what takes slashes as a list. */
function joinSegments(params: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join("/") : value]),
  );
}

/** A part of a body that only the handler knows the schema of; `at` is where it is, `/parameters`. Throws as {@link validate}. */
export function parsePart<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  return parse(schema, value, at) as z.output<Schema>;
}

function parse(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (place === "params") throw new Problem("NOT_FOUND");
  const errors = result.error.issues.flatMap((issue) => toErrors(issue, place));
  const isUnknown = result.error.issues.every(({ code }) => code === "unrecognized_keys");
  throw new Problem(isUnknown ? "UNKNOWN_FIELD" : "INVALID_REQUEST", {
    detail: errors.map(({ pointer, message }) => `${pointer || "/"}: ${message}`).join(" "),
    errors,
  });
}

function toErrors(issue: z.core.$ZodIssue, place: string) {
  const pointer = (path: readonly PropertyKey[]) =>
    [
      place === "body" ? "" : place.startsWith("/") ? place : `/${place}`,
      ...path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`),
    ].join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointer([...issue.path, key]),
      code: "unknown_field",
      message: `There is no field ${key}.`,
    }));
  }
  return [{ pointer: pointer(issue.path), code: issue.code, message: `${issue.message}.` }];
}
