import type { IssuedKeyRecord } from "@stave/control-database";
import type { Scope } from "@stave/s3-policy";
import { storedScope } from "./read-scope.ts";

/** A person's key as it is listed: without its secret. */
export function showAccessKey({ id, key, projectId }: IssuedKeyRecord) {
  return {
    id,
    accessKeyId: key.accessKeyId,
    description: key.description,
    scope: key.scope === undefined ? null : showScope(storedScope(key.scope)),
    project: projectId ?? null,
    ...showDates(key),
    replacedBy: key.replacedBy ?? null,
  };
}

export function showDates({ createdAt, expiresAt, lastUsedAt }: IssuedKeyRecord["key"]) {
  return {
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/** In the words of the contract, which has no dates of buckets. */
function showScope({ access, on, sourceNetworks }: Scope) {
  return {
    access,
    ...(on !== undefined && { on: "project" in on ? on : showTarget(on) }),
    ...(sourceNetworks !== undefined && { sourceNetworks: [...sourceNetworks] }),
  };
}

function showTarget({ bucket, prefix }: { readonly bucket: string; readonly prefix?: string }) {
  return { bucket, ...(prefix !== undefined && { prefix }) };
}
