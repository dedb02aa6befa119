import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

/** When a key shall expire. Throws a {@link Problem} for what has passed: it would be a key that never works. */
export function readExpiry({ now }: Pick<ApiContext, "now">, text: string | undefined): { readonly expiresAt?: Date } {
  if (text === undefined) return {};
  const expiresAt = new Date(text);
  if (expiresAt > now()) return { expiresAt };
  const message = "Expected a time that is to come.";
  throw new Problem("INVALID_REQUEST", {
    detail: `/expiresAt: ${message}`,
    errors: [{ pointer: "/expiresAt", code: "invalid_value", message }],
  });
}
