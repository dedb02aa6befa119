import { grantElements } from "./grant-elements.ts";
import { type Owner, ownerElement } from "./members.ts";
import { successDocument } from "./xml-writer.ts";

/** What a grant allows. */
export type Permission = "FULL_CONTROL" | "READ" | "READ_ACP" | "WRITE" | "WRITE_ACP";

/** Who a grant is for. Without a type it is a user, by canonical id. */
export type Grantee =
  | (Owner & { readonly type?: "CanonicalUser" | undefined })
  | { readonly type: "Group"; readonly uri: string }
  | { readonly type: "AmazonCustomerByEmail"; readonly emailAddress: string };

/** What an owner lets a grantee do. */
export type Grant = { readonly grantee: Grantee; readonly permission: Permission };

/** The owner of a bucket or an object, and who may do what with it. */
export type AccessControlPolicy = { readonly owner: Owner; readonly grants: readonly Grant[] };

/** The answer of GetBucketAcl and GetObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export function writeAccessControlPolicy({ owner, grants }: AccessControlPolicy): string {
  return successDocument(
    "AccessControlPolicy",
    `${ownerElement("Owner", owner)}<AccessControlList>${grantElements(grants)}</AccessControlList>`,
  );
}
