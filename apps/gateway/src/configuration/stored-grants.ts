import type { Grant, Permission } from "@stave/s3-policy";

/** An ACL as it is kept with a bucket or a version: the owner is known from there. */
export function writeGrants(grants: readonly Grant[]): string {
  return JSON.stringify(grants.map(({ grantee, permission }) => ({ ...grantee, permission })));
}

/** Throws for anything that {@link writeGrants} does not write: an ACL that cannot be read lets nobody in. */
export function parseGrants(text: string): readonly Grant[] {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new Error("Expected a stored ACL to be a list");
  return entries.map((entry: { readonly id?: unknown; readonly uri?: unknown; readonly permission?: unknown }) => {
    const permission = permissions.find((name) => name === entry.permission);
    if (permission === undefined) throw new Error("Expected a stored grant to have a permission");
    if (typeof entry.id === "string") return { grantee: { id: entry.id }, permission };
    if (typeof entry.uri === "string") return { grantee: { uri: entry.uri }, permission };
    throw new Error("Expected a stored grant to have a grantee");
  });
}

const permissions: readonly Permission[] = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"];
