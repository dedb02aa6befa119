import type { Permission } from "@stave/api-contract";
import type { Scope, ScopeAccess } from "@stave/s3-policy";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";

/** What a caller can do over the API that a key could do over S3. */
const rightsOf: Readonly<Record<ScopeAccess, readonly Permission[]>> = {
  "read-only": ["storage:read"],
  "read-objects": ["storage:read"],
  "read-write": ["storage:read", "storage:write"],
  full: ["storage:read", "storage:write", "storage:admin"],
};

/** Nobody gets hold of a key that may do more than they themselves may. Throws a {@link Problem}. */
export function requireRightsOfKey(caller: Caller, { access }: Pick<Scope, "access">): void {
  const missing = rightsOf[access].filter((permission) => !caller.permissions.has(permission));
  if (missing.length === 0) return;
  const needed = missing.join(" and ");
  throw new Problem("PERMISSION_DENIED", {
    detail: `A key with the access ${access} may do more than you: you lack ${needed}.`,
  });
}
