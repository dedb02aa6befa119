import { createSigner, type SigningOptions } from "./create-signer.ts";
import { formatTarget, type OutgoingRequest, readOutgoingRequest } from "./outgoing-request.ts";
import { PAYLOAD_HASH, type PayloadMode, readPayloadClaim } from "./payload-mode.ts";
import { deriveSigningKey } from "./signing-key-cache.ts";

/** Who signs, and what the signature says about the body. */
export interface SignRequestOptions extends SigningOptions {
  /**
   * What `x-amz-content-sha256` says about the body: its SHA-256 in hex, `UNSIGNED-PAYLOAD`, or a streaming mode. No default: a
   * body that nobody protects is a decision.
   */
  readonly payloadHash: string;
}

/** What is to be sent, as it is. */
export type SignedRequest = {
  readonly method: string;
  /** Send exactly this: `new URL` would remove dot segments of a key. */
  readonly url: string;
  /** Path and query of the URL, for `node:http`. */
  readonly target: string;
  /** By lower-case name, with `host` and `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** How to write the body; of a signed stream, where its chain of signatures starts. */
  readonly payload: PayloadMode;
};

/**
 * Signs a request with an `Authorization` header. Throws a `TypeError` for a request that cannot be signed.
 *
 * @example
 * const url = "https://s3.example.com/photos/a.jpg";
 * const { headers } = await signRequest({ method: "GET", url }, { ...key, region, payloadHash: "UNSIGNED-PAYLOAD" });
 */
export async function signRequest(request: OutgoingRequest, options: SignRequestOptions): Promise<SignedRequest> {
  const { payloadHash } = options;
  const claim = readPayload(payloadHash);
  const input = readOutgoingRequest(request);
  const signer = await createSigner(options);
  const withPayload = { ...input, headers: { ...input.headers, [PAYLOAD_HASH]: payloadHash } };
  const { path, query, headers } = await signer.sign(withPayload, { signingDate: options.now?.() ?? new Date() });

  const target = formatTarget(path, query);
  const wire = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
  return {
    method: request.method,
    url: `${input.protocol}//${input.hostname}${target}`,
    target,
    headers: Object.fromEntries(wire),
    payload: claim.kind === "signed-streaming" ? startStream(claim.mode, headers, options) : claim,
  };
}

function readPayload(payloadHash: string) {
  try {
    return readPayloadClaim(payloadHash);
  } catch (cause) {
    throw new TypeError("Expected `payloadHash` to be a SHA-256 in hex or a payload mode", { cause });
  }
}

function startStream(
  mode: Extract<PayloadMode, { readonly signing: unknown }>["mode"],
  headers: Readonly<Record<string, string>>,
  { accessKeyId, secretAccessKey, region, service = "s3" }: SigningOptions,
): PayloadMode {
  const timestamp = headers["x-amz-date"] ?? "";
  const date = timestamp.slice(0, 8);
  const signingKey = deriveSigningKey({ accessKeyId, secretAccessKey, date, region, service });
  const credentialScope = `${date}/${region}/${service}/aws4_request`;
  const seedSignature = headers.authorization?.slice(-64) ?? "";
  return { kind: "streaming", mode, signing: { signingKey, timestamp, credentialScope, seedSignature } };
}
