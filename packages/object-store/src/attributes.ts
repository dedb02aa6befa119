import type { AttributesChange, VersionAttributes } from "./object-store.ts";

const names = [
  "tags",
  "acl",
  "retention",
  "legalHold",
  "replication",
] as const satisfies readonly (keyof AttributesChange)[];

/** The attributes after a change; undefined when nothing is left. */
export function changeAttributes(
  attributes: VersionAttributes | undefined,
  change: AttributesChange,
): VersionAttributes | undefined {
  const changed: Record<string, unknown> = { ...attributes };
  for (const name of names) {
    const value = change[name];
    if (value === null) delete changed[name];
    else if (value !== undefined) changed[name] = value;
  }
  return Object.keys(changed).length === 0 ? undefined : (changed as VersionAttributes);
}
