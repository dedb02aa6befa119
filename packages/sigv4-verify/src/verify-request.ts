// AWS Signature Version 4 as S3 uses it: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { canonicalizeTarget } from "./canonical-target.ts";
import { chooseMechanism } from "./choose-mechanism.ts";
import { type PayloadMode, readAnonymousPayload } from "./payload-mode.ts";
import { type ProofOptions, proveClaim, refuseSessionToken, type SigningCredential } from "./prove-claim.ts";
import { readHeaderClaim } from "./read-header-claim.ts";
import { readQueryClaim } from "./read-query-claim.ts";
import { readHeaders } from "./request-headers.ts";
import type { SigningKeyCache } from "./signing-key-cache.ts";

/** The head of a request, exactly as it arrived. */
export type IncomingRequest = {
  readonly method: string;
  /** The raw request target: `IncomingMessage.url` as it is, nothing decoded and no mount path removed. */
  readonly target: string;
  /** Name, value, name, value, and so on: `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
};

export interface VerifyOptions<Identity> {
  readonly region: string;
  /** Further regions that a credential scope may name. @default [] */
  readonly acceptedRegions?: readonly string[];
  /** @default "s3" */
  readonly service?: string;
  /**
   * The secret of an access key and the caller's own identity object; `undefined` for a key that is unknown, revoked or
   * expired. Asked once per signed request, with what the client sent. What it throws, `verifyRequest` throws.
   */
  readonly findKey: (
    accessKeyId: string,
  ) => SigningCredential<Identity> | undefined | Promise<SigningCredential<Identity> | undefined>;
  /** @default the system clock */
  readonly now?: () => Date;
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
      readonly payload: PayloadMode;
    };

/**
 * Decides how a request claims to be signed and returns identity and proof together.
 *
 * An anonymous result means that nothing in the request claims an identity; whatever claims one and cannot prove it throws a
 * {@link SignatureError}. The result says nothing about permissions, nor about the body: hold the body against `payload`
 * before anything becomes visible.
 *
 * @example
 * const { method, url, rawHeaders } = request;
 * const verified = await verifyRequest({ method, target: url, rawHeaders }, { region: "us-east-1", findKey });
 */
export async function verifyRequest<Identity>(
  request: IncomingRequest,
  options: VerifyOptions<Identity>,
): Promise<Verification<Identity>> {
  const { region, acceptedRegions = [], service = "s3", findKey, now = () => new Date(), signingKeys } = options;
  const headers = readHeaders(request.rawHeaders);
  const target = canonicalizeTarget(request.target);
  const mechanism = chooseMechanism(headers.values.get("authorization") ?? "", target.query);
  const subject = { method: request.method, target, headers };
  const claimOptions = { region, acceptedRegions, service, now: now() };
  const proofOptions: ProofOptions<Identity> = { findKey, signingKeys };

  switch (mechanism.kind) {
    case "anonymous":
      refuseSessionToken(headers.values.has("x-amz-security-token"));
      return { kind: "anonymous", payload: readAnonymousPayload(headers.values) };
    case "header": {
      const claim = readHeaderClaim(mechanism, subject, claimOptions);
      return { kind: "header", ...(await proveClaim(claim, subject, proofOptions)) };
    }
    case "query": {
      const claim = readQueryClaim(mechanism.parameters, subject, claimOptions);
      return { kind: "query", ...(await proveClaim(claim, subject, proofOptions)) };
    }
    default:
      // No kind is trusted for being unknown.
      throw new TypeError(`Unknown mechanism ${JSON.stringify(mechanism satisfies never)}`);
  }
}
