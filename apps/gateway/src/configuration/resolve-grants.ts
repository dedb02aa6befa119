import { aclGroups, type Grant, maxAclGrants } from "@stave/s3-policy";
import type { Accounts } from "../accounts.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { NamedGrant, NamedGrantee } from "../headers/acl-headers.ts";

const groups: ReadonlySet<string> = new Set(Object.values(aclGroups));

/**
 * Grants for people who exist, by their ids. Throws `InvalidArgument` for an unknown id or group, `UnresolvableGrantByEmailAddress`
 * for an unknown address, `MalformedACLError` for too many grants.
 */
export function resolveGrants(grants: readonly NamedGrant[], accounts: Accounts): readonly Grant[] {
  if (grants.length > maxAclGrants) {
    throw new S3Error("MalformedACLError", `An ACL can have at most ${maxAclGrants} grants.`);
  }
  return grants.map(({ grantee, permission }) => ({ grantee: resolve(grantee, accounts), permission }));
}

function resolve({ type, name }: NamedGrantee, accounts: Accounts): Grant["grantee"] {
  if (type === "emailAddress") {
    const id = accounts.idOfEmail(name);
    if (id !== undefined) return { id };
    throw new S3Error(
      "UnresolvableGrantByEmailAddress",
      "The e-mail address you provided does not match any account on record.",
    );
  }
  if (type === "id" ? accounts.has(name) : groups.has(name)) return type === "id" ? { id: name } : { uri: name };
  throw new S3Error("InvalidArgument", type === "id" ? "Invalid id" : "Invalid group uri", {
    elements: { ArgumentName: type === "id" ? "CanonicalUser/ID" : "Group/URI", ArgumentValue: name },
  });
}
