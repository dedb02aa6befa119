import type { Grant, Grantee, Permission } from "../responses/write-access-control-policy.ts";
import { malformedXml } from "../xml-error.ts";
import { checkMembers, omitUndefined, requiredChild, requiredWord } from "./typed-members.ts";
import { childrenNamed, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

type ReadGrantsOptions<Allowed extends Permission> = { readonly permissions: readonly Allowed[] };

/** The `Grant` children, each of one grantee and one of these permissions. There may be none. */
export function readGrants<Allowed extends Permission>(
  list: XmlElement,
  { permissions }: ReadGrantsOptions<Allowed>,
): readonly (Grant & { readonly permission: Allowed })[] {
  checkMembers(list, ["Grant"]);
  return childrenNamed(list, "Grant").map((grant) => {
    checkMembers(grant, ["Grantee", "Permission"]);
    return {
      grantee: readGrantee(requiredChild(grant, "Grantee")),
      permission: requiredWord(grant, "Permission", permissions),
    };
  });
}

/** The type alone says which member counts, so members of another type are refused. */
function readGrantee(grantee: XmlElement): Grantee {
  const type = grantee.xsiType;
  if (type === "CanonicalUser") {
    checkMembers(grantee, ["ID", "DisplayName"]);
    const displayName = optionalText(grantee, "DisplayName");
    return omitUndefined({ type, id: requiredText(grantee, "ID"), displayName });
  }
  if (type === "Group") {
    checkMembers(grantee, ["URI"]);
    return { type, uri: requiredText(grantee, "URI") };
  }
  if (type === "AmazonCustomerByEmail") {
    checkMembers(grantee, ["EmailAddress"]);
    return { type, emailAddress: requiredText(grantee, "EmailAddress") };
  }
  throw malformedXml("Expected the xsi:type of a Grantee to be CanonicalUser, Group or AmazonCustomerByEmail");
}
