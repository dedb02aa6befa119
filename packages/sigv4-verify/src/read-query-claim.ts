// Presigned requests: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
import type { QueryParameter } from "./canonical-target.ts";
import type { SignatureParameters } from "./choose-mechanism.ts";
import { checkRegion, parseCredential, parseSignedHeaders } from "./credential.ts";
import { PAYLOAD_HASH } from "./payload-mode.ts";
import { decodeEscapes } from "./percent-encoding.ts";
import { formatTime, MAX_SKEW_MS, readTimestamp } from "./request-time.ts";
import type { ClaimOptions, SignatureClaim, SignedSubject } from "./signature-claim.ts";
import { SignatureError } from "./signature-error.ts";

export function readQueryClaim(
  parameters: SignatureParameters,
  subject: SignedSubject,
  options: ClaimOptions,
): SignatureClaim {
  const required = readRequired(parameters);
  checkAlgorithm(required.algorithm);
  const credential = parseCredential(required.credential, DIALECT, options);
  const time = readTimestamp(required.date);
  if (!time) throw refused(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  const signedHeaders = parseSignedHeaders(required.signedHeaders, DIALECT);
  const expiresInSeconds = parseExpires(required.expires);
  checkRegion(credential.region, DIALECT, options);
  checkValidity({ startMs: time.timeMs, expiresInSeconds, now: options.now });
  return {
    kind: "query",
    credential,
    signedHeaders,
    signature: required.signature,
    timestamp: time.timestamp,
    payloadHash: readPayloadHash(subject, signedHeaders),
    hasSessionToken: parameters.has("x-amz-security-token") || subject.headers.values.has("x-amz-security-token"),
    dialect: DIALECT,
    target: { path: subject.target.path, query: subject.target.query.filter(isSigned) },
  };
}

const DIALECT = {
  code: "AuthorizationQueryParametersError",
  prefix: "Error parsing the X-Amz-Credential parameter; ",
  quote: '"',
} as const;

const MAX_EXPIRES_SECONDS = 604_800;

function readRequired(parameters: SignatureParameters) {
  const read = (name: string): string => {
    const value = parameters.get(name);
    if (value !== undefined && value !== "") return decodeEscapes(value);
    const names =
      "X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires";
    throw refused(`Query-string authentication version 4 requires the ${names} parameters.`);
  };
  return {
    algorithm: read("x-amz-algorithm"),
    credential: read("x-amz-credential"),
    signature: read("x-amz-signature"),
    date: read("x-amz-date"),
    signedHeaders: read("x-amz-signedheaders"),
    expires: read("x-amz-expires"),
  };
}

function checkAlgorithm(algorithm: string): void {
  if (algorithm === "AWS4-HMAC-SHA256") return;
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    throw new SignatureError("NotImplemented", "Signature Version 4A (ECDSA) is not implemented.");
  }
  throw refused('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw refused("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (text.startsWith("-")) throw refused("X-Amz-Expires must be non-negative");
  if (seconds > MAX_EXPIRES_SECONDS) {
    const limit = `X-Amz-Expires must be less than ${MAX_EXPIRES_SECONDS} seconds`;
    throw refused(`X-Amz-Expires must be less than a week (in seconds); that is, the given ${limit}`);
  }
  return seconds;
}

function checkValidity(period: { startMs: number; expiresInSeconds: number; now: Date }): void {
  const { startMs, expiresInSeconds, now } = period;
  if (startMs - now.getTime() > MAX_SKEW_MS) throw new SignatureError("AccessDenied", "Request is not valid yet");
  const expiresAt = new Date(startMs + expiresInSeconds * 1000);
  if (now < expiresAt) return;
  throw new SignatureError("AccessDenied", "Request has expired", {
    details: {
      "X-Amz-Expires": String(expiresInSeconds),
      Expires: formatTime(expiresAt),
      ServerTime: formatTime(now),
    },
  });
}

/** The body of a presigned request is unsigned unless whoever signed it said otherwise. */
function readPayloadHash({ target, headers }: SignedSubject, signedHeaders: ReadonlySet<string>): string {
  const stated = target.query.filter(({ name }) => name.toLowerCase() === PAYLOAD_HASH).map(({ value }) => value);
  const header = signedHeaders.has(PAYLOAD_HASH) ? headers.values.get(PAYLOAD_HASH) : undefined;
  if (header !== undefined) stated.push(header);
  if (stated.some((value) => value !== stated[0])) {
    throw new SignatureError("InvalidArgument", `${PAYLOAD_HASH} has more than one value`, {
      details: { ArgumentName: PAYLOAD_HASH },
    });
  }
  return stated[0] ?? "UNSIGNED-PAYLOAD";
}

function isSigned({ name }: QueryParameter): boolean {
  return name.toLowerCase() !== "x-amz-signature";
}

function refused(message: string): SignatureError {
  return new SignatureError("AuthorizationQueryParametersError", message);
}
