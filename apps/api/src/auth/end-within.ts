import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";

/** What a token makes ends with it at the latest: who has stolen one that expires must not keep anything. Undefined: people, and tokens without an end. */
export function lastMomentOf({ kind, expiresAt }: Pick<Caller, "kind" | "expiresAt">): Date | undefined {
  return kind === "token" ? expiresAt : undefined;
}

/** Refuses what would outlive the token of the caller; without an `end` it would last for ever. Throws a {@link Problem}. */
export function requireEndWithin(caller: Pick<Caller, "kind" | "expiresAt">, end: Date | undefined): void {
  const last = lastMomentOf(caller);
  if (last === undefined || (end !== undefined && end <= last)) return;
  throw new Problem("UNPROCESSABLE", {
    detail: `It would last longer than your own token, which expires at ${last.toISOString()}.`,
    nextActions: ["Ask for an earlier end, or sign in."],
  });
}
