// Condition keys of S3: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys

/** Every key that a condition or a variable may name, in lower case. Who evaluates must be able to fill each of them. */
const keys: ReadonlySet<string> = new Set([
  "aws:currenttime",
  "aws:epochtime",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principaltype",
  "aws:referer",
  "aws:securetransport",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceip",
  "aws:useragent",
  "aws:userid",
  "aws:username",
  "s3:authtype",
  "s3:delimiter",
  "s3:if-match",
  "s3:if-none-match",
  "s3:locationconstraint",
  "s3:max-keys",
  "s3:object-lock-legal-hold",
  "s3:object-lock-mode",
  "s3:object-lock-remaining-retention-days",
  "s3:object-lock-retain-until-date",
  "s3:objectcreationoperation",
  "s3:prefix",
  "s3:requestobjecttagkeys",
  "s3:resourceaccount",
  "s3:signatureage",
  "s3:signatureversion",
  "s3:tlsversion",
  "s3:versionid",
  "s3:x-amz-acl",
  "s3:x-amz-content-sha256",
  "s3:x-amz-copy-source",
  "s3:x-amz-grant-full-control",
  "s3:x-amz-grant-read",
  "s3:x-amz-grant-read-acp",
  "s3:x-amz-grant-write",
  "s3:x-amz-grant-write-acp",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-object-ownership",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:x-amz-storage-class",
  "s3:x-amz-website-redirect-location",
  // Not of S3: what tells a bucket from an earlier one of the same name.
  "stave:bucketcreatedat",
]);

/** What follows these is the key of a tag, which has its own case. */
const tagPrefixes = ["s3:existingobjecttag/", "s3:requestobjecttag/"];

/** The one spelling of a condition key: lower case, except the key of a tag. Undefined for one that S3 does not have. */
export function normalizeConditionKey(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (keys.has(lower)) return lower;
  const prefix = tagPrefixes.find((candidate) => lower.startsWith(candidate));
  return prefix === undefined || lower === prefix ? undefined : prefix + name.slice(prefix.length);
}
