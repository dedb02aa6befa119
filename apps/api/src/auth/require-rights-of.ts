import { permissionsOfRole, type Role } from "@stave/api-contract";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";

/** Nobody makes, changes or removes somebody who may do more than they themselves may: it would be a way to get those rights. */
export function requireRightsOf(caller: Caller, role: Role): void {
  const missing = permissionsOfRole[role].filter((permission) => !caller.permissions.has(permission));
  if (missing.length === 0) return;
  const needed = missing.join(" and ");
  throw new Problem("PERMISSION_DENIED", { detail: `The role ${role} may do more than you: you lack ${needed}.` });
}
