import { createSigner, type SigningOptions } from "./create-signer.ts";
import { formatTarget, type OutgoingRequest, readOutgoingRequest } from "./outgoing-request.ts";
import { PAYLOAD_HASH } from "./payload-mode.ts";

/** Who signs, and for how long. */
export interface PresignUrlOptions extends SigningOptions {
  /** 1 to 604,800, a week. @default 900 */
  readonly expiresInSeconds?: number;
}

/**
 * Presigns a URL. Whoever uses it must send the request's `headers` as they are: they are signed and not part of the URL. The
 * body is not covered by the signature. Throws a `TypeError` for a request that cannot be signed.
 *
 * @example
 * const url = await presignUrl({ method: "GET", url: "https://s3.example.com/photos/a.jpg" }, { ...key, region });
 */
export async function presignUrl(request: OutgoingRequest, options: PresignUrlOptions): Promise<string> {
  const { expiresInSeconds: expiresIn = 900 } = options;
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > 604_800) {
    throw new TypeError(`Expected \`expiresInSeconds\` to be a whole number from 1 to 604800, got ${expiresIn}`);
  }
  const input = readOutgoingRequest(request);
  const signer = await createSigner(options);
  const unsigned = { ...input, headers: { ...input.headers, [PAYLOAD_HASH]: "UNSIGNED-PAYLOAD" } };
  // Only the payload hash moves into the query. Servers read headers such as x-amz-acl from headers alone.
  const unhoistableHeaders = new Set(Object.keys(input.headers));
  const signed = await signer.presign(unsigned, {
    expiresIn,
    signingDate: options.now?.() ?? new Date(),
    unhoistableHeaders,
  });
  return `${input.protocol}//${input.hostname}${formatTarget(signed.path, signed.query)}`;
}
