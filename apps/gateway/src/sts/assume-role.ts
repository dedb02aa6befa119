// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import { parsePolicy } from "@stave/s3-policy";
import type { Account } from "../accounts.ts";
import { S3Error } from "../errors/s3-error.ts";
import { issueSession, readDuration } from "./issue-session.ts";
import type { StsAction, StsParameters } from "./sts-action.ts";

/** AWS's, in seconds. */
const duration = { default: 3600, max: 43_200 };
const maxPolicyLength = 2048;

/**
 * A temporary key that may do what the caller's key may, as far as `Policy` allows it. There are no roles with rights of their own: each
 * account has the one role `self`, and a name that promises another is refused.
 */
export const assumeRole: StsAction = {
  parameters: ["DurationSeconds", "Policy", "RoleArn", "RoleSessionName"],
  async run(request) {
    const { parameters, identity } = request;
    checkRole(require(parameters, "RoleArn"), identity.account);
    const name = readName(require(parameters, "RoleSessionName"));
    const policy = readPolicy(parameters.get("Policy"));
    const durationSeconds = readDuration(parameters, duration);
    return {
      Credentials: await issueSession(request, { durationSeconds, name, policy }),
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${identity.account.id}:assumed-role/self/${name}`,
        AssumedRoleId: `${identity.account.id}:${name}`,
      },
      ...(policy !== undefined && { PackedPolicySize: String(Math.ceil((100 * policy.length) / maxPolicyLength)) }),
    };
  },
};

function require(parameters: StsParameters, name: string): string {
  const value = parameters.get(name);
  if (value !== undefined && value !== "") return value;
  throw new S3Error("ValidationError", `The parameter ${name} is required.`);
}

function checkRole(arn: string, { id }: Account): void {
  const own = `arn:aws:iam::${id}:role/self`;
  if (arn === own) return;
  throw new S3Error(
    "AccessDenied",
    `User is not authorized to perform: sts:AssumeRole on this RoleArn. The one role of this account is ${own}: the rights of its key, as far as Policy allows them.`,
  );
}

function readName(name: string): string {
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
  throw new S3Error(
    "ValidationError",
    "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}",
  );
}

/** Throws `PackedPolicyTooLarge`, `ValidationError` and `MalformedPolicy`. */
function readPolicy(policy: string | undefined): string | undefined {
  if (policy === undefined) return undefined;
  if (policy.length > maxPolicyLength) {
    throw new S3Error(
      "PackedPolicyTooLarge",
      `The policy has ${policy.length} characters, ${maxPolicyLength} are allowed.`,
    );
  }
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(policy)) {
    throw new S3Error(
      "ValidationError",
      "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    );
  }
  parsePolicy(policy);
  return policy;
}
