import type { Requirement } from "@stave/s3-policy";
import type { Authorization } from "./authorization.ts";
import { accessDenied, refusingCap } from "./decide.ts";

/**
 * Makes sure that what the server will do for a request is within the limits of the key that asks for it, besides the operation itself:
 * the account may do more. Throws `AccessDenied`.
 */
export function requireInReach(
  authorization: Authorization,
  requirement: Pick<Requirement, "action" | "on">,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): void {
  const cap = refusingCap({ ...authorization, key }, requirement, { bucketName: bucket });
  if (cap === undefined) return;
  const verdict = { allowedBy: undefined, decision: undefined, cap };
  throw accessDenied(authorization, { reason: "not-allowed", requirement, verdict });
}
