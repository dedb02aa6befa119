import { type ProblemCode, type ProblemDocument, statusOfProblem } from "@stave/api-contract";

type Details = {
  /** What exactly is wrong, and with what: shown to the person. Never an internal message. */
  readonly detail?: string;
  readonly errors?: ProblemDocument["errors"];
  readonly nextActions?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** An answer that is an error. Thrown anywhere, answered in one place. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly details: Details;

  constructor(code: ProblemCode, details: Details = {}) {
    super(details.detail ?? titles[code], { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return statusOfProblem[this.code];
  }
}

/** The document of https://www.rfc-editor.org/rfc/rfc9457 */
export function problemDocument({ code, status, details }: Problem, requestId: string): ProblemDocument {
  const { detail, errors, nextActions } = details;
  return {
    type: `/api/docs/problems#${problemAnchor(code)}`,
    title: titles[code],
    status,
    ...(detail !== undefined && { detail }),
    code,
    ...(errors !== undefined && errors.length > 0 && { errors }),
    ...(nextActions !== undefined && { nextActions: [...nextActions] }),
    requestId,
  };
}

/** Where the page of problems has this code. */
export function problemAnchor(code: ProblemCode): string {
  return code.toLowerCase().replaceAll("_", "-");
}

export const titles: Readonly<Record<ProblemCode, string>> = {
  INVALID_REQUEST: "The request is not valid.",
  INVALID_JSON: "The body is not valid JSON.",
  UNKNOWN_FIELD: "The request has a field that does not exist.",
  UNAUTHENTICATED: "Who are you?",
  PERMISSION_DENIED: "You may not do this.",
  ORIGIN_REFUSED: "This page may not use the API with your session.",
  NOT_FOUND: "There is no such thing, or you may not see it.",
  METHOD_NOT_ALLOWED: "This cannot be done here.",
  CONFLICT: "This cannot be done as things are.",
  PRECONDITION_FAILED: "Somebody else has changed it.",
  BODY_TOO_LARGE: "The body is too large.",
  HEADERS_TOO_LARGE: "The address and the headers are too large.",
  UNSUPPORTED_MEDIA_TYPE: "The body is of a kind that is not understood.",
  RANGE_NOT_SATISFIABLE: "The object does not have these bytes.",
  UNPROCESSABLE: "The request is understood, and what it asks for is impossible.",
  IDEMPOTENCY_KEY_REUSED: "This Idempotency-Key belongs to another request.",
  IDEMPOTENCY_KEY_IN_USE: "The first request with this Idempotency-Key has not ended.",
  S3_ACCESS_KEY_NOT_FOUND: "There is no such access key.",
  S3_ACCESS_KEY_LIMIT_EXCEEDED: "There are too many access keys.",
  TOO_MANY_REQUESTS: "Too many requests.",
  INTERNAL_ERROR: "Something went wrong on the server.",
  NOT_IMPLEMENTED: "This is not there.",
  UNAVAILABLE: "This does not work right now.",
};
