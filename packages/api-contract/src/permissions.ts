/** What a token, or the role of a user, may do. `secrets:reveal` is needed on top of the others wherever a secret is answered in plain. */
export const permissions = [
  "services:read",
  "services:write",
  "services:create",
  "services:delete",
  "projects:read",
  "projects:write",
  "storage:read",
  "storage:write",
  "storage:admin",
  "keys:read",
  "keys:write",
  "backups:read",
  "backups:write",
  "backups:create",
  "backups:delete",
  "secrets:reveal",
  "jobs:read",
  "jobs:write",
  "audit:read",
  "users:read",
  "users:write",
  "settings:read",
  "settings:write",
] as const;

export type Permission = (typeof permissions)[number];

export const roles = ["admin", "member", "viewer"] as const;

export type Role = (typeof roles)[number];

const viewing = permissions.filter(
  (permission) => permission.endsWith(":read") && permission !== "users:read" && permission !== "audit:read",
);

/** What each role may do. A member works with services, projects and data; an admin also decides about people and settings. */
export const permissionsOfRole: Readonly<Record<Role, readonly Permission[]>> = {
  admin: permissions,
  member: permissions.filter((permission) => !/^(users|settings|audit):/.test(permission)).concat("settings:read"),
  viewer: viewing,
};
