import type { KeyObject } from "node:crypto";
import type { CanonicalRequestInput } from "./canonical-request.ts";
import { checkCredentialDate } from "./credential.ts";
import { explainSignature, matchSignature } from "./match-signature.ts";
import { PAYLOAD_HASH, type PayloadClaim, type PayloadMode, readPayloadClaim } from "./payload-mode.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { SignatureClaim, SignedSubject } from "./signature-claim.ts";
import { SignatureError } from "./signature-error.ts";
import { deriveSigningKey, type SigningKeyCache, type SigningKeyInput } from "./signing-key-cache.ts";

/** What the caller knows about an access key. */
export type SigningCredential<Identity> = {
  readonly secretAccessKey: string;
  /** Whatever the caller wants to get back when the signature holds. */
  readonly identity: Identity;
};

export interface ProofOptions<Identity> {
  readonly findKey: (
    accessKeyId: string,
  ) => SigningCredential<Identity> | undefined | Promise<SigningCredential<Identity> | undefined>;
  readonly signingKeys: SigningKeyCache | undefined;
}

export type Proof<Identity> = {
  readonly accessKeyId: string;
  readonly identity: Identity;
  readonly payload: PayloadMode;
};

/** Looks the key up and returns its identity only together with the proof that it signed this request. */
export async function proveClaim<Identity>(
  claim: SignatureClaim,
  { method, headers }: SignedSubject,
  { findKey, signingKeys }: ProofOptions<Identity>,
): Promise<Proof<Identity>> {
  const { credential, signedHeaders, target, payloadHash = "" } = claim;
  refuseSessionToken(claim.hasSessionToken);
  const found = await findKey(credential.accessKeyId);
  const request = { method, target, headers: headers.values, signedHeaders, payloadHash };
  if (!found) throw refuseUnknownKey(claim, request, signingKeys);

  checkCredentialDate(credential, claim.dialect, claim.timestamp);
  const payload = readRequiredPayload(claim.payloadHash);
  checkSignedHeaders(headers, signedHeaders);
  const { accessKeyId } = credential;
  const signingKey = keyFor({ ...credential, secretAccessKey: found.secretAccessKey }, signingKeys);
  if (!matchSignature(claim, request, signingKey)) throw signatureMismatch(claim, request);
  return { accessKeyId, identity: found.identity, payload: completePayload(payload, claim, signingKey) };
}

/** No temporary keys exist, so a session token can only be a mistake, or somebody else's. */
export function refuseSessionToken(hasSessionToken: boolean): void {
  if (!hasSessionToken) return;
  throw new SignatureError("InvalidToken", "The provided token is malformed or otherwise invalid.");
}

/** Does the work of a wrong secret first, so that the answer's delay does not depend on whether the key exists. */
function refuseUnknownKey(
  claim: SignatureClaim,
  request: CanonicalRequestInput,
  signingKeys: SigningKeyCache | undefined,
): SignatureError {
  // The same cache entry for all unknown keys of a day: made-up ids and dates must not push out the real ones.
  const date = claim.timestamp.slice(0, 8);
  const nobody = { ...claim.credential, accessKeyId: "", secretAccessKey: "nobody", date };
  matchSignature(claim, request, keyFor(nobody, signingKeys));
  const { accessKeyId } = claim.credential;
  return new SignatureError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", {
    details: { AWSAccessKeyId: accessKeyId },
  });
}

function readRequiredPayload(payloadHash: string | undefined): PayloadClaim {
  if (payloadHash !== undefined) return readPayloadClaim(payloadHash);
  throw new SignatureError("InvalidRequest", `Missing required header for this request: ${PAYLOAD_HASH}`);
}

function checkSignedHeaders({ amzNames }: RequestHeaders, signedHeaders: ReadonlySet<string>): void {
  const isSigned = (name: string) => signedHeaders.has(name);
  if (isSigned("host") && amzNames.every(isSigned)) return;
  const unsigned = ["host", ...amzNames].filter((name) => !isSigned(name));
  throw new SignatureError("AccessDenied", "There were headers present in the request which were not signed", {
    details: { HeadersNotSigned: unsigned.join(", ") },
  });
}

function keyFor(input: SigningKeyInput, signingKeys: SigningKeyCache | undefined): KeyObject {
  return signingKeys ? signingKeys.keyFor(input) : deriveSigningKey(input);
}

function signatureMismatch(claim: SignatureClaim, request: CanonicalRequestInput): SignatureError {
  const message =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
  return new SignatureError("SignatureDoesNotMatch", message, {
    details: { AWSAccessKeyId: claim.credential.accessKeyId },
    explanation: explainSignature(claim, request),
  });
}

function completePayload(payload: PayloadClaim, claim: SignatureClaim, signingKey: KeyObject): PayloadMode {
  if (payload.kind !== "signed-streaming") return payload;
  const { timestamp, credential, signature } = claim;
  const signing = { signingKey, timestamp, credentialScope: credential.scope, seedSignature: signature };
  return { kind: "streaming", mode: payload.mode, signing };
}
