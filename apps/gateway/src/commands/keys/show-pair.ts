import type { AccountRecord } from "@stave/control-database";
import type { IssuedAccessKey } from "@stave/credential-vault";
import { showName } from "../render-table.ts";
import { showScope } from "./describe-key.ts";

/** Lines for a shell, and what they are as its comments. */
export function showPair(
  { accessKeyId, secretAccessKey, info }: IssuedAccessKey,
  { displayName }: Pick<AccountRecord, "displayName">,
): string {
  const until = info.expiresAt === undefined ? "" : `, until ${info.expiresAt.toISOString()}`;
  return `# of ${showName(displayName)}: ${showName(showScope(info.scope))}${until}
# The secret is not shown again.
export AWS_ACCESS_KEY_ID=${accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretAccessKey}
`;
}
