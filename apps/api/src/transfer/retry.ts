import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "../services/describe-s3-error.ts";
import { TransferError } from "./transfer-error.ts";

export type RetryOptions = {
  readonly signal?: AbortSignal | undefined;
  /** One entry for each further try. @default half a second to 8 seconds, five times */
  readonly delaysMs?: readonly number[] | undefined;
};

const defaultDelaysMs = [500, 1000, 2000, 4000, 8000];

/** Does it again when the server was busy or the network failed. What is refused is thrown at once. */
export async function withRetries<Result>(
  work: () => Promise<Result>,
  { signal, delaysMs = defaultDelaysMs }: RetryOptions = {},
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      const delayMs = delaysMs[attempt];
      if (delayMs === undefined || signal?.aborted === true || !isTransient(error)) throw error;
      await sleep(delayMs, undefined, { ...(signal && { signal }) });
    }
  }
}

/** For requests of the S3 client. */
export function until(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** 5xx but 501, 429, and what a network does. */
export function isTransient(error: unknown): boolean {
  if (error instanceof TransferError) return error.code === "BodyCutOff";
  const status = statusOf(error);
  if (status !== undefined && status !== 200) {
    return status === 429 || (status >= 500 && status !== 501) || nameOf(error) === "RequestTimeout";
  }
  return hasNetworkCode(error);
}

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

function hasNetworkCode(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "TimeoutError" || error.message === "aborted" || error.message === "socket hang up") return true;
  if ("code" in error && typeof error.code === "string" && networkCodes.has(error.code)) return true;
  if (error instanceof AggregateError && error.errors.some(hasNetworkCode)) return true;
  return hasNetworkCode(error.cause);
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
