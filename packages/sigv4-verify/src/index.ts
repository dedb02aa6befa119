export type { SigningOptions } from "./create-signer.ts";
export { evaluatePostPolicy, type PostPolicySubject } from "./evaluate-post-policy.ts";
export { explainRequest } from "./explain-request.ts";
export type { ExpiredCredential, FindKey, ForgedCredential, SigningCredential } from "./find-credential.ts";
export type { OutgoingRequest } from "./outgoing-request.ts";
export { type ContentLengthRange, type PostCondition, type PostPolicy, parsePostPolicy } from "./parse-post-policy.ts";
export type { PayloadMode, SignedStreamingMode, StreamSigning } from "./payload-mode.ts";
export { PostFormError, type PostFormErrorCode } from "./post-form-error.ts";
export { type PresignUrlOptions, presignUrl } from "./presign-url.ts";
export type { IncomingRequest, ReadOptions } from "./read-claim.ts";
export type { PostField } from "./read-post-fields.ts";
export { type PostPolicyInput, signPostPolicy } from "./sign-post-policy.ts";
export { type SignedRequest, type SignRequestOptions, signRequest } from "./sign-request.ts";
export {
  SignatureError,
  type SignatureErrorCode,
  type SignatureErrorOptions,
  type SignatureExplanation,
} from "./signature-error.ts";
export {
  createSigningKeyCache,
  type SigningKeyCache,
  type SigningKeyCacheOptions,
  type SigningKeyInput,
} from "./signing-key-cache.ts";
export { createTrustedProxies, type TrustedProxies } from "./trusted-proxies.ts";
export {
  type PostForm,
  type PostFormVerification,
  type VerifyPostFormOptions,
  verifyPostForm,
} from "./verify-post-form.ts";
export { type Verification, type VerifyOptions, verifyRequest } from "./verify-request.ts";
