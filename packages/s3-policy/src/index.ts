export {
  type Acl,
  aclGroups,
  type Grant,
  type Grantee,
  isPublicGrant,
  maxAclGrants,
  type Permission,
} from "./acl/acl.ts";
export { type CannedAcl, type CannedAclOptions, cannedAclGrants, isCannedAcl } from "./acl/canned-acl.ts";
export { type AclDecision, type EvaluateAclOptions, evaluateAcl } from "./acl/evaluate-acl.ts";
export { actions, type ResourceKind, type S3Action } from "./actions.ts";
export type { Comparison, Condition, Matcher } from "./conditions/condition.ts";
export { normalizeConditionKey } from "./conditions/condition-keys.ts";
export type { ConditionValues } from "./conditions/holds.ts";
export {
  evaluatePolicy,
  type Mismatch,
  type PolicyDecision,
  type PolicyRequest,
  type StatementResult,
} from "./evaluate-policy.ts";
export { isPublicPolicy } from "./is-public-policy.ts";
export { maxPolicyBytes, type ParsePolicyOptions, parsePolicy } from "./parse-policy.ts";
export type { Pattern, ResolveVariable } from "./pattern.ts";
export type { PatternSet, Policy, Principal, Principals, Statement } from "./policy.ts";
export { PolicyError, type PolicyErrorCode } from "./policy-error.ts";
export {
  blocksAcl,
  blocksPolicy,
  noPublicAccessBlock,
  type PublicAccessBlock,
  type RestrictedAccess,
  restrictsRequester,
} from "./public-access-block.ts";
export type { Requester } from "./requester.ts";
export {
  copySourceRequirements,
  operationRequirements,
  type RequestTraits,
  type Requirement,
  type S3Operation,
} from "./requirements.ts";
export { type CompileScopeOptions, compileScope, writeScopePolicy } from "./scope/compile-scope.ts";
export { describeScope } from "./scope/describe-scope.ts";
export { parseScope } from "./scope/parse-scope.ts";
export type { BucketTarget, Scope, ScopeAccess, ScopeTarget } from "./scope/scope.ts";
