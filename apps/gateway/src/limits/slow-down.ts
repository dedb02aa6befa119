import { S3Error } from "../errors/s3-error.ts";

/** Clients wait, and try again: the SDKs do so by themselves. */
export function slowDown(retryAfterSeconds: number, headers: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error("SlowDown", "Please reduce your request rate.", {
    headers: { "retry-after": String(retryAfterSeconds), ...headers },
  });
}
