// Presigned requests: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
import type { QueryParameter } from "./canonical-target.ts";
import { type SignatureParameters, startsWithX } from "./choose-mechanism.ts";
import { checkRegion, parseCredential, parseSignedHeaders, QUERY_DIALECT } from "./credential.ts";
import { PAYLOAD_HASH } from "./payload-mode.ts";
import { decodeEscapes } from "./percent-encoding.ts";
import { formatTime, MAX_SKEW_MS, type RequestTime, readTimestamp } from "./request-time.ts";
import type { ClaimOptions, SignatureClaim, SignedSubject } from "./signature-claim.ts";
import { SignatureError } from "./signature-error.ts";

export function readQueryClaim(
  parameters: SignatureParameters,
  subject: SignedSubject,
  options: ClaimOptions,
): SignatureClaim {
  const required = readRequired(parameters);
  checkAlgorithm(required.algorithm);
  const credential = parseCredential(required.credential, QUERY_DIALECT, options);
  const time = parseTimestamp(required.date);
  const signedHeaders = parseSignedHeaders(required.signedHeaders, QUERY_DIALECT);
  const expiresInSeconds = parseExpires(required.expires);
  checkRegion(credential.region, QUERY_DIALECT, options);
  checkValidity({ startMs: time.timeMs, expiresInSeconds, now: options.now });
  return {
    kind: "query",
    credential,
    signedHeaders,
    signature: required.signature,
    timestamp: time.timestamp,
    payloadHash: readPayloadHash(subject, signedHeaders),
    sessionToken: readSessionToken(parameters, subject),
    dialect: QUERY_DIALECT,
    target: { path: subject.target.path, query: subject.target.query.filter(isSigned) },
  };
}

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

export function checkAlgorithm(algorithm: string): void {
  if (algorithm === "AWS4-HMAC-SHA256") return;
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    throw new SignatureError("NotImplemented", "Signature Version 4A (ECDSA) is not implemented.");
  }
  throw refused('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
}

export function parseTimestamp(text: string): RequestTime {
  const time = readTimestamp(text);
  if (time) return time;
  throw refused(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
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
  // No time at all is over at once, also for a client whose clock is ahead.
  if (expiresInSeconds > 0 && now < expiresAt) return;
  throw new SignatureError("AccessDenied", "Request has expired", {
    details: {
      "X-Amz-Expires": String(expiresInSeconds),
      Expires: formatTime(expiresAt),
      ServerTime: formatTime(now),
    },
  });
}

function readSessionToken(parameters: SignatureParameters, { headers }: SignedSubject): string | undefined {
  const inQuery = parameters.get("x-amz-security-token");
  const inHeader = headers.values.get("x-amz-security-token");
  if (inQuery === undefined) return inHeader;
  if (inHeader === undefined) return decodeEscapes(inQuery);
  throw new SignatureError("InvalidArgument", "Only one session token is allowed", {
    details: { ArgumentName: "X-Amz-Security-Token" },
  });
}

/** The body of a presigned request is unsigned unless whoever signed it said otherwise. */
function readPayloadHash({ target, headers }: SignedSubject, signedHeaders: ReadonlySet<string>): string {
  const stated = target.query.filter(({ name }) => isNamed(name, PAYLOAD_HASH)).map(({ value }) => value);
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
  return !isNamed(name, "x-amz-signature");
}

function isNamed(name: string, lowerCase: string): boolean {
  return name.length === lowerCase.length && startsWithX(name) && name.toLowerCase() === lowerCase;
}

function refused(message: string): SignatureError {
  return new SignatureError("AuthorizationQueryParametersError", message);
}
