import type { Grant } from "@stave/s3-policy";
import type { Grant as ShownGrant } from "@stave/s3-xml";
import type { OperationContext } from "./operation.ts";
import { owner } from "./owner.ts";

/** Grants as ACL documents have them, with the names that people know. */
export function showGrants(
  context: Pick<OperationContext, "accounts">,
  grants: readonly Grant[],
): readonly ShownGrant[] {
  return grants.map(({ grantee, permission }) => ({
    grantee: "id" in grantee ? owner(context, grantee.id) : { type: "Group", uri: grantee.uri },
    permission,
  }));
}
