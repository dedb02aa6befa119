import type { Request } from "express";
import { Problem } from "./problem.ts";

/** The ETag of a configuration, which counts its changes. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * For the database, which looks again in its transaction: with `If-Match` the revision that the change is meant for, and otherwise none.
 * Throws as {@link requireRevision}.
 */
export function ifMatches(request: Pick<Request, "headers">, revision: number): { readonly ifRevision?: number } {
  requireRevision(request, revision);
  return request.headers["if-match"] === undefined ? {} : { ifRevision: revision };
}

/**
 * Refuses a change of what somebody else has changed since the client has read it: `If-Match`, of
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1. What is there may change between this and the change itself: give the revision
 * to the database, too (`ifRevision`).
 */
export function requireRevision({ headers }: Pick<Request, "headers">, revision: number): void {
  const expected = headers["if-match"];
  if (expected === undefined || expected.trim() === "*") return;
  const tags = expected.split(",").map((tag) => tag.trim()); // weak ones are never equal here
  if (tags.includes(etagOf(revision))) return;
  throw new Problem("PRECONDITION_FAILED", {
    detail: `It has the ETag ${etagOf(revision)} by now.`,
    nextActions: ["Read it again, and decide whether the change is still right."],
  });
}
