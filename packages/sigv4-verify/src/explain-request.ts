import { explainSignature } from "./match-signature.ts";
import { canonicalInput } from "./prove-claim.ts";
import { type IncomingRequest, type ReadOptions, readClaim } from "./read-claim.ts";
import type { SignatureExplanation } from "./signature-error.ts";

/**
 * The canonical request and string to sign that {@link verifyRequest} computes, for a request that verifies as well as for one
 * that does not; `undefined` for an anonymous one. Needs no key and proves nothing.
 *
 * For administrators only, never for the client: see {@link SignatureError.explanation}. What is refused before its signature
 * is looked at throws the same {@link SignatureError} here, whose message says all there is: give the time of an old request as `now`.
 *
 * @example
 * const explanation = explainRequest({ method, target: url, rawHeaders }, { region: "us-east-1" });
 */
export function explainRequest(request: IncomingRequest, options: ReadOptions): SignatureExplanation | undefined {
  const { claim, subject } = readClaim(request, options);
  return claim && explainSignature(claim, canonicalInput(claim, subject));
}
