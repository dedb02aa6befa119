// "The meaning of public": https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
import { isIP } from "node:net";
import type { Condition } from "./conditions/condition.ts";
import type { Policy, Statement } from "./policy.ts";

/**
 * Whether a policy lets in people that its author did not name: an Allow for everybody that no condition narrows to fixed
 * accounts, names or networks. A Deny beside it does not count, as on AWS.
 */
export function isPublicPolicy({ statements }: Policy): boolean {
  return statements.some(isPublicStatement);
}

function isPublicStatement({ effect, principals, conditions }: Statement): boolean {
  if (effect !== "Allow" || principals === undefined) return false;
  if (!principals.members.some(({ kind }) => kind === "anyone")) return false;
  return !conditions.some(isNarrowing);
}

/** Keys that say who or where somebody is, which a stranger cannot choose. */
const fixedKeys = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:userid",
  "aws:username",
]);

/** The widest network that is not public: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
const minIpv4Bits = 8;
const minIpv6Bits = 32;

function isNarrowing({ operator, key, comparison, values }: Condition): boolean {
  if (comparison.kind !== "compare" || comparison.isNegated || comparison.ifExists || comparison.set === "all")
    return false;
  if (key === "aws:sourceip") return /IpAddress/i.test(operator) && values.every(isFixedNetwork);
  return fixedKeys.has(key) && /String|Arn/i.test(operator) && values.every(isFixedName);
}

function isFixedName(value: string): boolean {
  return !/[*?]|\$\{/.test(value);
}

function isFixedNetwork(value: string): boolean {
  const [address = "", prefix] = value.split("/");
  if (prefix === undefined) return true;
  return Number(prefix) >= (isIP(address) === 4 ? minIpv4Bits : minIpv6Bits);
}
