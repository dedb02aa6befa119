import { CliError } from "../../command/cli-error.ts";
import { choiceOr, option, repeated } from "../../command/options.ts";

const accesses = ["read-only", "read-objects", "read-write", "full"] as const;

/** What a key may do, and on what. */
export const scopeOptions = {
  access: choiceOr("--access <access>", "what it may do", accesses, "read-write"),
  bucket: option("--bucket <bucket>", "in this bucket only"),
  prefix: option("--prefix <prefix>", "below this prefix of the bucket only"),
  network: repeated("--network <cidr>", "only from there: 10.0.0.0/8"),
};

export type ScopeOptions = {
  readonly access: (typeof accesses)[number];
  readonly bucket: string | undefined;
  readonly prefix: string | undefined;
  readonly network: readonly string[];
};

/** As the API takes scopes. */
export function scopeOf({ access, bucket, prefix, network }: ScopeOptions) {
  if (prefix !== undefined && bucket === undefined) {
    throw new CliError("Usage", "--bucket is missing: of which bucket is the prefix?");
  }
  return {
    access,
    ...(bucket !== undefined && { on: { bucket, ...(prefix !== undefined && { prefix }) } }),
    ...(network.length > 0 && { sourceNetworks: [...network] }),
  };
}

type Scope = {
  readonly access: string;
  readonly on?:
    | { readonly project: string }
    | { readonly bucket: string; readonly prefix?: string | undefined }
    | undefined;
  readonly sourceNetworks?: readonly string[] | undefined;
};

/** `read-only on photos/2026/`. Null is whatever the service may. */
export function describeScope(scope: Scope | null): string {
  if (scope === null) return "full";
  const { access, on, sourceNetworks = [] } = scope;
  const target = on === undefined ? "" : "project" in on ? ` on a project` : ` on ${on.bucket}/${on.prefix ?? ""}`;
  return `${access}${target}${sourceNetworks.length === 0 ? "" : ` from ${sourceNetworks.join(", ")}`}`;
}
