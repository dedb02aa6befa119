import { lastMomentOf, requireEndWithin } from "../auth/end-within.ts";
import type { ApiContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";

/**
 * When a key shall expire; without a wish when the token of the caller does. Throws a {@link Problem} for what has passed, which would be a
 * key that never works, and for what is later than the end of the token.
 */
export function readExpiry(
  { now }: Pick<ApiContext, "now">,
  caller: Caller,
  text: string | undefined,
): { readonly expiresAt?: Date } {
  const expiresAt = text === undefined ? lastMomentOf(caller) : new Date(text);
  if (expiresAt === undefined) return {};
  requireEndWithin(caller, expiresAt);
  if (expiresAt > now()) return { expiresAt };
  const message = "Expected a time that is to come.";
  throw new Problem("UNPROCESSABLE", {
    detail: `/expiresAt: ${message}`,
    errors: [{ pointer: "/expiresAt", code: "invalid_value", message }],
  });
}
