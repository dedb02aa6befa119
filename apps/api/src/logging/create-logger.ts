import { type Logger, pino } from "pino";
import type { Config } from "../config.ts";

/** The log, on standard error: one JSON object per line, without secrets. */
export function createLogger({ logLevel }: Pick<Config, "logLevel">): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      serializers: { err: describeError },
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]) },
      hooks: { streamWrite: maskSecrets },
    },
    pino.destination(2),
  );
}

const secretFields = [
  "password",
  "currentPassword",
  "newPassword",
  "token",
  "secretAccessKey",
  "secret",
  "cookie",
  "authorization",
  '["x-api-key"]',
  '["set-cookie"]',
  '["x-amz-security-token"]',
];

const maxCauses = 5;

/** Errors of libraries carry whole requests and bodies with them: only what is written for people is taken. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    ...("code" in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && depth < maxCauses && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The last line of defence, for secrets inside of texts that others have written. */
export function maskSecrets(line: string): string {
  for (const [pattern, mask] of masks) line = line.replace(pattern, mask);
  return line;
}

const masks: readonly (readonly [RegExp, string])[] = [
  [/stave_[\w-]{20,}/g, "stave_[hidden]"],
  [/stave_session=[\w-]+/g, "stave_session=[hidden]"],
  [/\b(Bearer|Basic) +[\w~+/.=-]{8,}/gi, "$1 [hidden]"],
  [/\b(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"\\]+/gi, "$1[hidden]"],
  [/\b(Signature=)[\da-f]{16,}/gi, "$1[hidden]"],
  [/\b([a-z][a-z+.-]*:\/\/)[^/\s"\\@]{1,512}@/gi, "$1[hidden]@"],
  [/\$argon2id\$[\w$=,+/]+/g, "$argon2id$[hidden]"],
  [/\bsv1\.[\da-f]{16}\.[\w-]+/g, "sv1.[hidden]"],
];
