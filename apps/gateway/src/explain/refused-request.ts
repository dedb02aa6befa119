import { PostFormError, SignatureError } from "@stave/sigv4-verify";
import type { Identity } from "../auth/identity.ts";
import { RefusedAccess } from "../auth/refused-access.ts";
import { type CorsMismatch, CorsRefusal } from "../cors/cors-refusal.ts";
import type { S3Error, S3ErrorCode } from "../errors/s3-error.ts";
import type { RequestKind } from "../gateway/request-record.ts";
import { accessBytes, type KeptAccess, keepAccess } from "./kept-access.ts";
import { type KeptForm, keepForm, type SentForm } from "./kept-form.ts";
import { blanked, flat, type RedactedRequest, redactRequest, type SentRequest } from "./redact-request.ts";

/** A request that was refused for what it may not do, with all that an explanation is made of, and no secret. */
export type RefusedRequest = {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly remoteAddress: string | undefined;
  readonly request: RedactedRequest;
  readonly operation: RequestKind;
  /** Of the key that is proved to have signed. */
  readonly accessKeyId: string | undefined;
  /** Whose key that is. */
  readonly accountId: string | undefined;
  readonly code: S3ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
  /** Where the refusal comes from. */
  readonly from: "access" | "form" | "preflight" | "signature" | "other";
  /** As it was computed, secrets included: a hash of them is in it. */
  readonly stringToSign?: string;
  readonly access?: KeptAccess;
  readonly form?: KeptForm;
  /** What the CORS rules of the bucket did not allow. */
  readonly cors?: readonly CorsMismatch[];
  /** What was found out at once, as it could not be later. */
  readonly early: { hints?: readonly string[] };
  /** About what it takes in memory. */
  readonly sizeBytes: number;
};

export type Refusal = {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly remoteAddress: string | undefined;
  readonly sent: SentRequest;
  readonly operation: RequestKind;
  /** Who is proved to have signed. */
  readonly identity: Identity | undefined;
  readonly form: SentForm | undefined;
  readonly error: S3Error;
};

/** Of one entry: target and headers have 5 KiB of it at most, and policies get what is left. */
export const maxEntryBytes = 8 * 1024;
/** Room for what is found out early. */
export const earlyBytes = 1536;
const maxMessageLength = 384;
const maxDetailLength = 256;
const maxRules = 20;
const baseBytes = 512;

const accessCodes: ReadonlySet<S3ErrorCode> = new Set([
  "AccessDenied",
  "AccessForbidden",
  "AuthorizationHeaderMalformed",
  "AuthorizationQueryParametersError",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/** Whether somebody may ask why: other refusals say all there is to say themselves. */
export function isAboutAccess({ code, cause }: S3Error, operation: RequestKind): boolean {
  if (accessCodes.has(code) || operation === "Preflight") return true;
  return cause instanceof SignatureError || cause instanceof PostFormError;
}

/** Copies what may be kept of a refused request. What it takes of time is paid by whoever is refused: some microseconds. */
export function keepRefusal(refusal: Refusal): RefusedRequest {
  const { error, operation, sent, form } = refusal;
  const { code, status, cause } = error;
  const isKeyKnown = refusal.identity !== undefined || code === "SignatureDoesNotMatch";
  const { request, secrets } = redactRequest(sent, { isKeyKnown });
  const requestBytes = baseBytes + textBytes([request.target, ...request.rawHeaders]);
  const needsPolicy = code === "SignatureDoesNotMatch";
  const keptForm =
    form && keepForm(form, { isKeyKnown, needsPolicy, maxBytes: maxEntryBytes - requestBytes - maxMessageLength });
  const message = withoutSecrets(error.message, [...secrets, ...(keptForm?.secrets ?? [])]);
  const stringToSign = cause instanceof SignatureError ? cause.explanation?.stringToSign : undefined;
  const details = keepDetails(error.elements);
  const texts = [message, stringToSign ?? "", ...Object.values(details)];
  const bytes = requestBytes + textBytes(texts) + (keptForm?.sizeBytes ?? 0);
  const access = cause instanceof RefusedAccess ? keepAccess(cause, maxEntryBytes - bytes - earlyBytes) : undefined;
  return {
    requestId: refusal.requestId,
    receivedAt: refusal.receivedAt,
    remoteAddress: refusal.remoteAddress,
    request,
    operation,
    accessKeyId: refusal.identity?.accessKeyId,
    accountId: refusal.identity?.account.id,
    code,
    status,
    message,
    details,
    from: originOf(refusal),
    early: {},
    ...(stringToSign !== undefined && { stringToSign }),
    ...(access !== undefined && { access }),
    ...(keptForm !== undefined && { form: keptForm.form }),
    ...(cause instanceof CorsRefusal && { cors: cause.mismatches.slice(0, maxRules) }),
    sizeBytes: bytes + (access === undefined ? 0 : accessBytes(access)) + (request.isWhole ? 0 : earlyBytes),
  };
}

function originOf({ error: { cause }, operation }: Refusal): RefusedRequest["from"] {
  if (operation === "Preflight") return "preflight";
  if (cause instanceof RefusedAccess) return "access";
  if (cause instanceof PostFormError) return "form";
  return cause instanceof SignatureError ? "signature" : "other";
}

/** Messages quote what was sent, such as a condition of a form's policy. */
function withoutSecrets(message: string, secrets: readonly string[]): string {
  let text = message;
  for (const secret of secrets) {
    if (secret.length >= minSecretLength) text = text.replaceAll(secret, blanked);
  }
  return text.length > maxMessageLength ? flat(`${text.slice(0, maxMessageLength)}…`) : text;
}

/** Shorter ones are in every other word. */
const minSecretLength = 4;

function keepDetails(elements: Readonly<Record<string, string>>): Record<string, string> {
  const details: Record<string, string> = {};
  for (const name of keptDetails) {
    const value = elements[name];
    if (value !== undefined) details[name] = flat(value.slice(0, maxDetailLength));
  }
  return details;
}

/** Those that hints are made of. The others may quote what was sent. */
const keptDetails = ["Expires", "HeadersNotSigned", "Region", "RequestTime", "ServerTime", "X-Amz-Expires"];

/** Nearly all is latin1, which takes one byte a character. */
function textBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
