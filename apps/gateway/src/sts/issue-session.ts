import { S3Error } from "../errors/s3-error.ts";
import type { StsParameters, StsRequest, StsResult } from "./sts-action.ts";

const minSeconds = 900;

/** Throws `ValidationError`. */
export function readDuration(
  parameters: StsParameters,
  limits: { readonly default: number; readonly max: number },
): number {
  const text = parameters.get("DurationSeconds");
  if (text === undefined) return limits.default;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= minSeconds && seconds <= limits.max) return seconds;
  throw new S3Error(
    "ValidationError",
    `1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: Member must be a number from ${minSeconds} to ${limits.max}`,
  );
}

type Wanted = {
  readonly durationSeconds: number;
  readonly name?: string;
  readonly policy?: string | undefined;
};

/**
 * The element `Credentials`. Throws `AccessDenied` for who has a temporary key already: chained, sessions would outlive each other
 * for ever.
 */
export async function issueSession({ identity, sessions, origin }: StsRequest, wanted: Wanted): Promise<StsResult> {
  if (identity.isTemporary) {
    throw new S3Error("AccessDenied", "A temporary key cannot be used to make another one: sign with a permanent key.");
  }
  if (sessions === undefined) {
    throw new S3Error("NotImplemented", "This server issues no temporary keys.");
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await sessions.issue(identity, {
    ...wanted,
    origin,
  });
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAt.toISOString().replace(/\.\d+Z$/, "Z"), // rounded down, as AWS writes it
  };
}
