import { PolicyError, parseScope, type Scope } from "@stave/s3-policy";
import { Problem } from "../http/problem.ts";

/** Checks a scope that somebody has sent. Throws a {@link Problem}. */
export function readScope(sent: unknown): Scope {
  try {
    return parseScope(sent);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new Problem("INVALID_REQUEST", {
      detail: error.message,
      errors: [{ pointer: "/scope", code: "invalid_scope", message: error.message }],
    });
  }
}

/** The scope of a key that is stored. Without one, it may do everything. */
export function storedScope(stored: unknown): Scope {
  return stored === undefined ? { access: "full" } : parseScope(stored);
}
