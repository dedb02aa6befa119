import { assumeRole } from "./assume-role.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getSessionToken } from "./get-session-token.ts";
import type { StsAction } from "./sts-action.ts";

export type StsActionName = "AssumeRole" | "GetCallerIdentity" | "GetSessionToken";

export const stsActions: Readonly<Record<StsActionName, StsAction>> = {
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
};

export function isStsAction(name: string): name is StsActionName {
  return Object.hasOwn(stsActions, name);
}
