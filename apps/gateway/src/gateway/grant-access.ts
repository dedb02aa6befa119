import { type AccessRequest, authorizeAccount, authorizeBucket } from "../auth/authorize.ts";
import { noConfigurations } from "../configuration/bucket-configurations.ts";
import { operations } from "../operations/index.ts";
import type { OperationRequest } from "../operations/operation.ts";
import type { Handling, Known } from "./handling.ts";

/** Decides about a request, and adds what is known of its bucket. Throws what `authorizeBucket` throws. */
export async function grantAccess(
  options: Handling,
  request: Known & { readonly key: string },
): Promise<GrantedAccess> {
  const { operation, authentication, target, key, headers, receivedAt, peer } = request;
  const access: AccessRequest = {
    operation,
    identity: authentication.identity,
    authType: authentication.authType,
    bucket: target.bucket,
    key,
    versionId: target.query.get("versionId"),
    query: target.query,
    headers,
    receivedAt,
    peer,
    region: options.region,
    expectedOwner: headers["x-amz-expected-bucket-owner"],
  };
  if (operations[operation].access === "account")
    return { account: authorizeAccount(access).account, ...withoutBucket };
  const { bucket, configurations, authorization } = await authorizeBucket(options, access);
  return {
    account: authorization.account,
    authorization,
    bucketInfo: bucket,
    versioning: bucket.versioning,
    configurations: () => configurations,
  };
}

type GrantedAccess = Pick<
  OperationRequest,
  "account" | "authorization" | "bucketInfo" | "versioning" | "configurations"
>;

const withoutBucket: Omit<GrantedAccess, "account"> = {
  authorization: undefined,
  bucketInfo: undefined,
  versioning: undefined,
  configurations: () => noConfigurations,
};
