import type { KeyObject } from "node:crypto";
import type { CanonicalRequestInput } from "./canonical-request.ts";
import { checkCredentialDate } from "./credential.ts";
import { findCredential, keyFor, type ProofOptions } from "./find-credential.ts";
import { explainSignature, matchSignature } from "./match-signature.ts";
import { PAYLOAD_HASH, type PayloadClaim, type PayloadMode, readPayloadClaim } from "./payload-mode.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { KeyClaim, SignatureClaim, SignedSubject } from "./signature-claim.ts";
import { SignatureError, type SignatureExplanation } from "./signature-error.ts";

export type Proof<Identity> = {
  readonly accessKeyId: string;
  readonly identity: Identity;
  /** What was signed as `Host`. */
  readonly host: string;
  readonly payload: PayloadMode;
};

/** Looks the key up and returns its identity only together with the proof that it signed this request. */
export async function proveClaim<Identity>(
  claim: SignatureClaim,
  subject: SignedSubject,
  options: ProofOptions<Identity>,
): Promise<Proof<Identity>> {
  const { credential, signedHeaders } = claim;
  const request = canonicalInput(claim, subject);
  const match = (signingKey: KeyObject) => matchSignature(claim, request, { signingKey, hosts: subject.publicHosts });
  const found = await findCredential(claim, options, match);

  checkCredentialDate(credential, claim.dialect, claim.timestamp);
  const payload = readRequiredPayload(subject.bodySha256 ?? claim.payloadHash);
  checkSignedHeaders(subject.headers, signedHeaders);
  const { accessKeyId } = credential;
  const signingKey = keyFor({ ...credential, secretAccessKey: found.secretAccessKey }, options.signingKeys);
  const host = match(signingKey);
  if (host === undefined) throw signatureMismatch(claim, explainSignature(claim, request));
  return { accessKeyId, identity: found.identity, host, payload: completePayload(payload, claim, signingKey) };
}

/** What the claim says was signed, as it arrived. */
export function canonicalInput(
  claim: SignatureClaim,
  { method, headers, bodySha256 }: SignedSubject,
): CanonicalRequestInput {
  const { target, signedHeaders, payloadHash = "" } = claim;
  return { method, target, headers: headers.values, signedHeaders, payloadHash: bodySha256 ?? payloadHash };
}

export function signatureMismatch({ credential }: KeyClaim, explanation?: SignatureExplanation): SignatureError {
  const message =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
  return new SignatureError("SignatureDoesNotMatch", message, {
    details: { AWSAccessKeyId: credential.accessKeyId },
    ...(explanation && { explanation }),
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

function completePayload(payload: PayloadClaim, claim: SignatureClaim, signingKey: KeyObject): PayloadMode {
  if (payload.kind !== "signed-streaming") return payload;
  const { timestamp, credential, signature } = claim;
  const signing = { signingKey, timestamp, credentialScope: credential.scope, seedSignature: signature };
  return { kind: "streaming", mode: payload.mode, signing };
}
