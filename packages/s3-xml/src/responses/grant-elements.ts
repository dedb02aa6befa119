import type { Grant, Grantee } from "./write-access-control-policy.ts";
import { optionalElement, textElement } from "./xml-writer.ts";

/** The `Grant` elements of ACLs and of access logging. */
export function grantElements(grants: readonly Grant[]): string {
  let xml = "";
  for (const { grantee, permission } of grants) {
    xml += `<Grant>${granteeElement(grantee)}${textElement("Permission", permission)}</Grant>`;
  }
  return xml;
}

function granteeElement(grantee: Grantee): string {
  if (grantee.type === "Group") return typedGrantee("Group", textElement("URI", grantee.uri));
  if (grantee.type === "AmazonCustomerByEmail") {
    return typedGrantee("AmazonCustomerByEmail", textElement("EmailAddress", grantee.emailAddress));
  }
  const members = textElement("ID", grantee.id) + optionalElement("DisplayName", grantee.displayName);
  return typedGrantee("CanonicalUser", members);
}

function typedGrantee(type: NonNullable<Grantee["type"]>, members: string): string {
  const declared = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return `<Grantee ${declared} xsi:type="${type}">${members}</Grantee>`;
}
