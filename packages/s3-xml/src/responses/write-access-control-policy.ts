import { type Owner, ownerElement } from "./members.ts";
import { successDocument, textElement } from "./xml-writer.ts";

/** What an owner lets a grantee do. */
export type Grant = {
  readonly grantee: Owner;
  readonly permission: "FULL_CONTROL" | "READ" | "READ_ACP" | "WRITE" | "WRITE_ACP";
};

/** The owner of a bucket or an object, and who may do what with it. */
export type AccessControlPolicy = { readonly owner: Owner; readonly grants: readonly Grant[] };

/** The answer of GetBucketAcl and GetObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export function writeAccessControlPolicy({ owner, grants }: AccessControlPolicy): string {
  let list = "";
  for (const grant of grants) list += grantElement(grant);
  return successDocument(
    "AccessControlPolicy",
    `${ownerElement("Owner", owner)}<AccessControlList>${list}</AccessControlList>`,
  );
}

function grantElement({ grantee, permission }: Grant): string {
  const displayName = grantee.displayName === undefined ? "" : textElement("DisplayName", grantee.displayName);
  return (
    '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">' +
    `${textElement("ID", grantee.id)}${displayName}</Grantee>${textElement("Permission", permission)}</Grant>`
  );
}
