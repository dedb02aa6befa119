import {
  type FindKey,
  type IncomingRequest,
  SignatureError,
  type SignatureExplanation,
  verifyRequest,
} from "@stave/sigv4-verify";
import { signatureVariants } from "./signature-variants.ts";

/** A request whose signature was refused, as it came. Holds a signature: for the memory of this process only. */
export type RefusedSignature = {
  readonly request: IncomingRequest;
  readonly error: SignatureError;
  readonly receivedAt: Date;
};

export type SignatureReport = {
  readonly code: SignatureError["code"];
  readonly message: string;
  /** What this server computed, for comparison with the debug log of the client. */
  readonly computed?: SignatureExplanation;
  /** What is probably wrong and what to do, the likeliest first. Never empty. */
  readonly hints: readonly string[];
};

export interface ExplainSignatureOptions {
  readonly region: string;
  readonly findKey: FindKey<unknown>;
  /** The paths below which this server answers as well: a proxy may remove one. */
  readonly mounts: readonly string[];
  /** The names of this server. */
  readonly hosts: readonly string[];
}

/**
 * Why a signature was refused, for administrators: tries what clients and proxies usually do otherwise, and says which of it
 * would have made the signature right. It costs up to some dozens of signatures, so it is asked for, never run for each refusal.
 */
export async function explainSignature(
  refused: RefusedSignature,
  options: ExplainSignatureOptions,
): Promise<SignatureReport> {
  const { code, message, explanation } = refused.error;
  const hints = code === "SignatureDoesNotMatch" ? await compare(refused, options) : [hintOf(refused, options)];
  return { code, message, hints, ...(explanation && { computed: explanation }) };
}

async function compare(refused: RefusedSignature, options: ExplainSignatureOptions): Promise<readonly string[]> {
  const { request, receivedAt } = refused;
  const { region, findKey } = options;
  for (const { hint, mountPrefix, ...change } of signatureVariants(request, options)) {
    try {
      await verifyRequest(
        { ...request, ...change },
        { region, findKey, now: () => receivedAt, ...(mountPrefix !== undefined && { mountPrefix }) },
      );
      return [hint];
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
    }
  }
  return [
    "None of the usual changes on the way makes the signature right, so the secret access key of the client is probably another one: a " +
      "typing error, a line break at its end, or the secret of another key.",
    "Else compare the canonical request below with the one in the debug log of the client, line by line: the first line that differs is what " +
      "was changed after signing.",
  ];
}

function hintOf({ request, error, receivedAt }: RefusedSignature, { region }: ExplainSignatureOptions): string {
  const { code, details, message } = error;
  switch (code) {
    case "AuthorizationHeaderMalformed":
    case "AuthorizationQueryParametersError":
      return details.Region === undefined && !/region/.test(message)
        ? `The signature is not written as SigV4 demands: ${message} Look for a proxy that rewrites headers or the query.`
        : `The client signs for another region than "${region}": set its region (AWS_REGION) to "${region}".`;
    case "RequestTimeTooSkewed":
      return skewHint(details.RequestTime, receivedAt);
    case "InvalidAccessKeyId":
      return "No access key of this name is active here: it was revoked, has expired, or belongs to another server.";
    case "AccessDenied":
      return deniedHint(details, message);
    case "InvalidToken":
    case "ExpiredToken":
      return "The session token does not belong to this key, or its time is over: ask for new temporary credentials.";
    case "InvalidArgument":
    case "InvalidRequest":
      return hasBoth(request)
        ? "The request is signed twice, by a header and in its URL: an HTTP client adds its own Authorization header to a presigned URL."
        : `The request is not signed as this server asks for: ${message}`;
    default:
      return message;
  }
}

function skewHint(requestTime: string | undefined, receivedAt: Date): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(requestTime ?? "");
  const sent = parts === null ? new Date(requestTime ?? "") : new Date(isoOf(parts));
  const seconds = Math.round((sent.getTime() - receivedAt.getTime()) / 1000);
  if (Number.isNaN(seconds)) return "The clock of the client, or of this server, is wrong by more than 15 minutes.";
  const direction = seconds > 0 ? "ahead of" : "behind";
  return `The clock of the client is ${Math.abs(seconds)} s ${direction} this server's: correct whichever is wrong, and keep both with NTP.`;
}

function isoOf([, year, month, day, hour, minute, second]: readonly string[]): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function deniedHint({ HeadersNotSigned, Expires }: Readonly<Record<string, string>>, message: string): string {
  if (HeadersNotSigned !== undefined) {
    return `These headers came along without being signed: ${HeadersNotSigned}. A proxy adds them, or the client adds them after signing.`;
  }
  if (Expires !== undefined)
    return `The presigned URL was good until ${Expires}: make a new one, or one that lasts longer.`;
  if (/not valid yet/i.test(message))
    return "The presigned URL begins in the future: the clock of whoever made it is ahead.";
  return `The request cannot be accepted as signed: ${message}`;
}

function hasBoth({ target, rawHeaders }: IncomingRequest): boolean {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  return names.includes("authorization") && /[?&]X-Amz-Signature=/.test(target);
}
