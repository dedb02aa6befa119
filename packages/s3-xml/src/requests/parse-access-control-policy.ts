// PutBucketAcl, PutObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
import type { Owner } from "../responses/members.ts";
import type { AccessControlPolicy } from "../responses/write-access-control-policy.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { readGrants } from "./read-grants.ts";
import { checkMembers, omitUndefined, requiredChild } from "./typed-members.ts";
import { optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** As many grants as an ACL may have; the caller's to check. */
export const maxGrants = 100;

/**
 * Reads the body of PutBucketAcl and PutObjectAcl.
 *
 * Throws `MalformedXML`, also for a missing owner, a grantee without one of the three types and a permission that S3 does
 * not have, and `MaxMessageLengthExceeded`. S3 has the code `MalformedACLError` for what is `MalformedXML` here once the
 * document is well-formed. Who the grantees and the owner are and the number of grants are the caller's to check.
 */
export function parseAccessControlPolicy(xml: Uint8Array, options?: ParseOptions): AccessControlPolicy {
  const root = readConfiguration(xml, { ...options, root: "AccessControlPolicy" });
  checkMembers(root, ["Owner", "AccessControlList"]);
  return {
    owner: readOwner(requiredChild(root, "Owner")),
    grants: readGrants(requiredChild(root, "AccessControlList"), {
      permissions: ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"],
    }),
  };
}

function readOwner(owner: XmlElement): Owner {
  checkMembers(owner, ["ID", "DisplayName"]);
  return omitUndefined({ id: requiredText(owner, "ID"), displayName: optionalText(owner, "DisplayName") });
}
