import type { RefusedRequest } from "./refused-request.ts";

/** For refusals that come from what an operation is about, and say themselves what it is. Never empty. */
export function otherHints({ message, operation, code }: RefusedRequest): readonly string[] {
  if (code === "SignatureDoesNotMatch") {
    return [
      "The signature of the request is right, and that of a chunk of its body is not: the body was changed on the way, as by a proxy that encodes aws-chunked bodies anew, or the client signs its chunks in another way than SigV4 demands.",
    ];
  }
  if (message.includes("object lock")) {
    return [
      "This version is under retention or a legal hold: GetObjectRetention and GetObjectLegalHold say which, and until when. GOVERNANCE can be bypassed with x-amz-bypass-governance-retention: true and the right s3:BypassGovernanceRetention; COMPLIANCE and holds cannot.",
    ];
  }
  if (message.includes("customer-provided key is not")) {
    return [
      "The object was encrypted with another customer-provided key (SSE-C) than the request brings. This server has not kept that key: only who wrote the object can have it.",
    ];
  }
  return [`${operation} was refused for the reason that the client was told: ${message}`];
}
