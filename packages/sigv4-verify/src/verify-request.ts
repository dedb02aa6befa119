// AWS Signature Version 4 as S3 uses it: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { type FindKey, refuseSessionToken } from "./find-credential.ts";
import { type PayloadMode, readAnonymousPayload } from "./payload-mode.ts";
import { proveClaim } from "./prove-claim.ts";
import { type IncomingRequest, type ReadOptions, readClaim } from "./read-claim.ts";
import type { SigningKeyCache } from "./signing-key-cache.ts";

/** How requests are read, and how keys are found. */
export interface VerifyOptions<Identity> extends ReadOptions {
  /**
   * The secret of an access key and the caller's own identity object; `undefined` for a key that is unknown, revoked or
   * expired, `{ isExpired: true }` for a temporary one whose time is over, `{ isForged: true }` for one whose token is not
   * genuine. Asked once per signed request, with what the client sent. What it throws, `verifyRequest` throws.
   */
  readonly findKey: FindKey<Identity>;
  /** Saves deriving the signing key, four HMACs, on every request. @default none */
  readonly signingKeys?: SigningKeyCache;
}

/** Who signed the request, if anybody, and what the signature says about the body. */
export type Verification<Identity> =
  | { readonly kind: "anonymous"; readonly payload: PayloadMode }
  | {
      /** `Authorization` header or presigned query. */
      readonly kind: "header" | "query";
      readonly accessKeyId: string;
      readonly identity: Identity;
      /**
       * The `Host` that was signed. It differs from the received one by a default port, or by a proxy that
       * `publicHosts` or `trustedProxies` allow. A server that reads bucket names from host names must take this one.
       */
      readonly host: string;
      readonly payload: PayloadMode;
    };

/**
 * Decides how a request claims to be signed and returns identity and proof together.
 *
 * An anonymous result means that nothing in the request claims an identity; whatever claims one and cannot prove it throws a
 * {@link SignatureError}. The result says nothing about permissions, nor about the body: hold the body against `payload`
 * before anything becomes visible. Browser forms are anonymous here: give them to {@link verifyPostForm}.
 *
 * @example
 * const { method, url, rawHeaders } = request;
 * const verified = await verifyRequest({ method, target: url, rawHeaders }, { region: "us-east-1", findKey });
 */
export async function verifyRequest<Identity>(
  request: IncomingRequest,
  options: VerifyOptions<Identity>,
): Promise<Verification<Identity>> {
  const { subject, claim } = readClaim(request, options);
  if (claim === undefined) {
    refuseSessionToken(subject.headers.values.has("x-amz-security-token"));
    return { kind: "anonymous", payload: readAnonymousPayload(subject.headers.values) };
  }
  const { findKey, signingKeys } = options;
  return { kind: claim.kind, ...(await proveClaim(claim, subject, { findKey, signingKeys })) };
}
