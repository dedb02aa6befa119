// Values of x-amz-content-sha256: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import type { KeyObject } from "node:crypto";
import { SignatureError } from "./signature-error.ts";

export type SignedStreamingMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

/** Where the chain of chunk signatures starts. */
export type StreamSigning = {
  readonly signingKey: KeyObject;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** `YYYYMMDD/region/service/aws4_request` */
  readonly credentialScope: string;
  readonly seedSignature: string;
};

/** What the request's signature says about its body. None of it is checked yet: the body has not been read. */
export type PayloadMode =
  /** The body must have this SHA-256: 64 lower-case hex digits. */
  | { readonly kind: "hashed"; readonly sha256: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "streaming"; readonly mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }
  /** Every chunk carries a signature that continues the request's. */
  | { readonly kind: "streaming"; readonly mode: SignedStreamingMode; readonly signing: StreamSigning };

/** A mode as the request names it, before its signature is verified. */
export type PayloadClaim =
  | Exclude<PayloadMode, { readonly signing: StreamSigning }>
  | { readonly kind: "signed-streaming"; readonly mode: SignedStreamingMode };

export function readPayloadClaim(value: string): PayloadClaim {
  switch (value) {
    case "UNSIGNED-PAYLOAD":
      return { kind: "unsigned" };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { kind: "streaming", mode: value };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { kind: "signed-streaming", mode: value };
    case "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD":
    case "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER":
      throw new SignatureError("NotImplemented", `The payload mode ${value} is not implemented.`);
  }
  if (/^[0-9a-f]{64}$/i.test(value)) return { kind: "hashed", sha256: value.toLowerCase() };
  throw new SignatureError("InvalidArgument", `${PAYLOAD_HASH} must be ${KNOWN_MODES} or a valid sha256 value.`, {
    details: { ArgumentName: PAYLOAD_HASH, ArgumentValue: value },
  });
}

/** Nobody signed an anonymous request, so nothing can start a chain of signatures. */
export function readAnonymousPayload(headers: ReadonlyMap<string, string>): PayloadMode {
  const claim = readPayloadClaim(headers.get(PAYLOAD_HASH) ?? "UNSIGNED-PAYLOAD");
  if (claim.kind !== "signed-streaming") return claim;
  throw new SignatureError("InvalidRequest", `The value of ${PAYLOAD_HASH} header is invalid.`);
}

export const PAYLOAD_HASH = "x-amz-content-sha256";

const KNOWN_MODES = [
  "UNSIGNED-PAYLOAD",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
].join(", ");
