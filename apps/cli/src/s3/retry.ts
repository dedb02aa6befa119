import type { S3Failure } from "./s3-error.ts";

/** Of one request, the first included. */
export const tries = 5;

const firstMs = 200;
const slowestMs = 5_000;

/** Twice as long each time, and not all at the same moment. */
export function retryDelayMs(tried: number): number {
  return Math.min(slowestMs, firstMs * 2 ** (tried - 1)) * (0.5 + Math.random() / 2);
}

const busy = new Set(["SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "TooManyRequests"]);

/** The server was busy, or fell over. */
export function isRetriableFailure({ status, code }: S3Failure): boolean {
  return busy.has(code) || [429, 500, 502, 503, 504].includes(status);
}

const cutOff = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** What a network does now and then. Nobody there at all is no such thing, unless somebody was there before. */
export function isRetriableNetworkError(error: unknown, { hasAnswered }: { readonly hasAnswered: boolean }): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return hasAnswered;
  if (cutOff.has(code) || /other side closed|terminated/.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some((one) => isRetriableNetworkError(one, { hasAnswered }))) {
    return true;
  }
  return isRetriableNetworkError(error.cause, { hasAnswered });
}
