// Access control lists: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html

/** What a grant allows. */
export type Permission = "FULL_CONTROL" | "READ" | "READ_ACP" | "WRITE" | "WRITE_ACP";

/** Who a grant is for: a user by canonical id, or one of S3's groups by address. */
export type Grantee = { readonly id: string } | { readonly uri: string };

/** What an owner lets a grantee do. */
export type Grant = { readonly grantee: Grantee; readonly permission: Permission };

/** Who owns a bucket or an object, and who else may do what with it. The owner may always read and write the list itself. */
export type Acl = { readonly ownerId: string; readonly grants: readonly Grant[] };

/** As many grants as an ACL may have. */
export const maxAclGrants = 100;

/** S3's groups. `allUsers` includes anonymous requests, `authenticatedUsers` everybody who signs. */
export const aclGroups = {
  allUsers: "http://acs.amazonaws.com/groups/global/AllUsers",
  authenticatedUsers: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
  logDelivery: "http://acs.amazonaws.com/groups/s3/LogDelivery",
} as const;

/** Whether the grant is for people whom its author does not know. */
export function isPublicGrant({ grantee }: Grant): boolean {
  if (!("uri" in grantee)) return false;
  return grantee.uri === aclGroups.allUsers || grantee.uri === aclGroups.authenticatedUsers;
}
