import { matchesPattern, type Pattern, parsePattern } from "./pattern.ts";
import { malformed } from "./policy-error.ts";

const arnPrefix = "arn:aws:s3:::";

/**
 * Reads `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key` into a pattern for `bucket` or `bucket/key`. The part up to the
 * first `/` must be able to name the bucket that the policy is attached to: `photos` does not cover `photos2`.
 */
export function parseResource(
  arn: string,
  { bucket, variables }: { readonly bucket: string | undefined; readonly variables: boolean },
): Pattern {
  if (bucket === undefined && arn === "*") return parsePattern(arn, { variables: false, wildcards: true });
  if (!arn.startsWith(arnPrefix)) throw malformed("Policy has invalid resource");
  const path = arn.slice(arnPrefix.length);
  const slash = path.indexOf("/");
  const bucketPart = slash === -1 ? path : path.slice(0, slash);
  if (bucketPart === "") throw malformed("Policy has invalid resource");
  if (bucket !== undefined) {
    const names = parsePattern(bucketPart, { variables: false, wildcards: true });
    if (matchesPattern(names, bucket, () => undefined) !== true) throw malformed("Policy has invalid resource");
  }
  return parsePattern(path, { variables, wildcards: true });
}
