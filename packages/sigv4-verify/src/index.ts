export type { PayloadMode, SignedStreamingMode, StreamSigning } from "./payload-mode.ts";
export type { SigningCredential } from "./prove-claim.ts";
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
export { type IncomingRequest, type Verification, type VerifyOptions, verifyRequest } from "./verify-request.ts";
