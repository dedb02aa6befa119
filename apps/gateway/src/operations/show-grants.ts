import type { Grant } from "@stave/s3-policy";
import type { Grant as ShownGrant } from "@stave/s3-xml";
import type { OperationContext } from "./operation.ts";
import { owner } from "./owner.ts";

/** Grants as ACL documents have them, with the names that people know; what everybody may comes first. */
export function showGrants(
  context: Pick<OperationContext, "accounts">,
  grants: readonly Grant[],
): readonly ShownGrant[] {
  const shown = grants.map(
    ({ grantee, permission }): ShownGrant => ({
      grantee: "id" in grantee ? owner(context, grantee.id) : { type: "Group", uri: grantee.uri },
      permission,
    }),
  );
  const isGroup = ({ grantee }: ShownGrant): boolean => grantee.type === "Group";
  return [...shown.filter(isGroup), ...shown.filter((grant) => !isGroup(grant))];
}
