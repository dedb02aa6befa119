import type { KeptAccess, KeptStatement } from "./kept-access.ts";
import type { RefusedRequest } from "./refused-request.ts";

export interface ExplainAccessOptions {
  /** The name of an account; its id when nobody has it. */
  readonly nameOf: (accountId: string) => string;
  /** What the key is limited to, in words; undefined for one that is not. */
  readonly limitOf: (accessKeyId: string) => Promise<string | undefined>;
}

/** Who or what said no to a request that is signed well, or by nobody, and what to do about it. Never empty. */
export async function explainAccess(
  refused: RefusedRequest,
  access: KeptAccess,
  options: ExplainAccessOptions,
): Promise<readonly string[]> {
  const { bucketOwnerId, objectOwnerId } = access;
  const bucketOwner = bucketOwnerId === undefined ? "its owner" : `"${options.nameOf(bucketOwnerId)}"`;
  switch (access.by) {
    case "key-limit":
      return limitHints(refused, access, options);
    case "not-signed":
      return [
        `Nobody signed the request, and ${refused.operation} is for those who sign only, whatever a policy or an ACL says: give the client an access key.`,
      ];
    case "other-owner":
      return [
        "The request says by x-amz-expected-bucket-owner (of a copy: x-amz-source-expected-bucket-owner) whose the bucket is, and it is somebody else's: the client has the wrong bucket name or the wrong account id.",
      ];
    case "hidden-key":
      return [
        "There is no such object: look at the key, letter by letter, and at the version. Who may not list the bucket is told 403, and not 404.",
        access.isListingLimited === true
          ? "The key is limited to less than listing the bucket: one with a wider scope would be told which keys exist."
          : `To let the requester know which keys exist, allow s3:ListBucket on arn:aws:s3:::${access.resource ?? ""} as well.`,
      ];
    case "object-of-another":
      return [
        `The bucket's ACL lets people delete what is their own, and this object belongs to "${options.nameOf(objectOwnerId ?? "")}". Let ${bucketOwner} or a bucket policy allow ${access.action}.`,
      ];
    case "acl-of-another":
      return [
        "The ACL names another owner than the object or the bucket has: an ACL cannot give things away. Put the owner id into it that GetObjectAcl or GetBucketAcl shows.",
      ];
    case "public-access-block":
      return [
        "The bucket's public access block takes no ACL (BlockPublicAcls) and no policy (BlockPublicPolicy) that lets everybody in, and this one does. Name who may, or change the block with PutPublicAccessBlock first.",
      ];
    case "closed-bucket":
      return [
        `Nothing lets anybody but ${bucketOwner} delete from this bucket: it has no policy and no ACL. To allow it, let ${bucketOwner} add a statement with Action s3:DeleteObject and ${principalOf(refused)} to the bucket's policy.`,
      ];
    case "policy":
      return [denyHint(access, bucketOwner)];
    case "not-allowed":
      return defaultHints(refused, access, { ...options, bucketOwner });
  }
}

async function limitHints(
  { accessKeyId = "", remoteAddress }: RefusedRequest,
  access: KeptAccess,
  { limitOf }: ExplainAccessOptions,
): Promise<readonly string[]> {
  const limit = await limitOf(accessKeyId);
  const deny = access.statements.find(({ applies, effect }) => applies && effect === "Deny");
  const outside =
    deny === undefined
      ? `The key ${accessKeyId} is limited, and ${whatOf(access)} is outside of what it may do`
      : `The key ${accessKeyId} is limited, and its statement ${nameOf(deny)} denies ${whatOf(access)}`;
  return [
    `${outside}${limit === undefined ? "" : `: its scope is ${limit}`}. What its account may do, and what the bucket's policy and ACL say, does not count then.`,
    ...(deny === undefined || remoteAddress === undefined ? [] : [`The request came from ${remoteAddress}.`]),
    ...nearMisses(access),
    "Use another key of the account, or issue one with a wider scope: the scope of a key does not change.",
  ];
}

function denyHint(access: KeptAccess, bucketOwner: string): string {
  const deny = access.statements.find(({ applies, effect }) => applies && effect === "Deny");
  const statement = deny === undefined ? "A statement" : `Statement ${nameOf(deny)}`;
  return (
    `${statement} of the bucket's policy denies ${whatOf(access)}, and a Deny wins over everything else. ` +
    `${bucketOwner} can change the policy: narrow the statement by its Principal, Resource or Condition.`
  );
}

function defaultHints(
  refused: RefusedRequest,
  access: KeptAccess,
  { bucketOwner, nameOf: name }: ExplainAccessOptions & { readonly bucketOwner: string },
): readonly string[] {
  const { action, isRestricted, acl, bucketOwnerId, objectOwnerId } = access;
  if (isRestricted === true) {
    return [
      `The bucket's policy allows ${whatOf(access)}, but it lets everybody in, and RestrictPublicBuckets of the public access block keeps that from all but the owner's account. Name who may in the policy, or turn RestrictPublicBuckets off.`,
    ];
  }
  if (acl?.isIgnored === true) {
    return [
      `The ACL of the ${acl.of} grants ${acl.permission} to everybody, and IgnorePublicAcls of the public access block makes that void. Name who may, or turn IgnorePublicAcls off.`,
    ];
  }
  const who =
    refused.accountId === undefined ? "nobody signed the request" : `"${name(refused.accountId)}" is not that`;
  const isOthersObject =
    objectOwnerId !== undefined && objectOwnerId !== bucketOwnerId && access.ownership !== "BucketOwnerEnforced";
  if (isOthersObject) {
    return [
      `The object belongs to "${name(objectOwnerId)}", who wrote it, and not to the bucket's owner ${bucketOwner}: ${who}. The bucket's policy does not speak for it. ` +
        "Let its writer grant it by an ACL, or make all objects the bucket owner's with PutBucketOwnershipControls (BucketOwnerEnforced).",
    ];
  }
  return [
    `Nothing allows ${whatOf(access)}: the bucket belongs to ${bucketOwner}, ${who}, ${policyOf(access)}, ${aclOf(access)}.`,
    ...(refused.accountId === undefined ? [notSigned(refused)] : []),
    ...nearMisses(access),
    `To allow it, let ${bucketOwner} add a statement with Effect Allow, Action ${action ?? ""}, Resource arn:aws:s3:::${access.resource ?? ""} and ${principalOf(refused)} to the bucket's policy.`,
  ];
}

function notSigned({ request }: RefusedRequest): string {
  return /[?&]amp;X-Amz-/i.test(request.target)
    ? 'The URL was signed, and then copied out of HTML or XML, with "&amp;" where "&" belongs: decode it first.'
    : "If the client has an access key, it has not used it: look at its settings, and whether a proxy removes the Authorization header.";
}

function policyOf({ hasPolicy }: KeptAccess): string {
  return hasPolicy === true ? "no statement of its policy allows it" : "it has no policy";
}

function aclOf({ acl, ownership }: KeptAccess): string {
  if (ownership === "BucketOwnerEnforced") return "and ACLs are off (BucketOwnerEnforced)";
  return acl === undefined
    ? "and no ACL can grant it"
    : `and the ACL of the ${acl.of} does not grant ${acl.permission}`;
}

/** Statements that would have allowed it but for the last thing that is looked at: somebody meant them to. */
function nearMisses({ statements }: KeptAccess): readonly string[] {
  const near = statements.find(({ effect, condition }) => effect === "Allow" && condition !== undefined);
  if (near?.condition === undefined) return [];
  const { operator, key, values } = near.condition;
  const address =
    key === "aws:sourceip" ? " Behind a proxy, that is the address of the proxy, unless it is a trusted one." : "";
  return [
    `Statement ${nameOf(near)} would allow it, but for its condition ${operator} on ${key}: ${shownValues(values)}.${address}`,
  ];
}

function shownValues(values: readonly string[] | undefined): string {
  if (values === undefined) return "it does not hold";
  return values.length === 0
    ? "the request has none"
    : `the request has ${values.map((text) => `"${text}"`).join(", ")}`;
}

function principalOf({ accountId }: RefusedRequest): string {
  return accountId === undefined ? 'Principal "*" (everybody)' : `Principal {"AWS": "${accountId}"}`;
}

function whatOf({ action, resource }: KeptAccess): string {
  if (action === undefined) return "this";
  return resource === undefined ? action : `${action} on ${resource}`;
}

/** As people count and name them. */
export function nameOf({ statement, sid }: Pick<KeptStatement, "statement" | "sid">): string {
  return sid === undefined ? `${statement + 1}` : `${statement + 1} ("${sid}")`;
}
