import { CliError, type CliErrorCode } from "../command/cli-error.ts";
import { readXml, textOf, type XmlElement } from "./read-xml.ts";
import type { S3Answer } from "./s3-client.ts";

export type S3Failure = {
  readonly status: number;
  /** As the server names it: `NoSuchKey`. */
  readonly code: string;
  readonly message: string;
  readonly region: string | undefined;
  readonly requestId: string | undefined;
};

const byStatus: Readonly<Record<number, string>> = {
  301: "PermanentRedirect",
  307: "TemporaryRedirect",
  400: "BadRequest",
  401: "Unauthorized",
  403: "AccessDenied",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "TooManyRequests",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

/** What an answer says that is none of success. An answer to HEAD has no document: its status has to do. */
export function readFailure({ status, headers, text }: Pick<S3Answer, "status" | "headers" | "text">): S3Failure {
  const root = text === "" ? undefined : readXml(text);
  const error = root === undefined ? undefined : root.name === "Error" ? root : findError(root);
  return {
    status,
    code: (error && textOf(error, "Code")) ?? byStatus[status] ?? String(status),
    message: (error && textOf(error, "Message")) ?? "",
    region: headers["x-amz-bucket-region"] ?? (error && textOf(error, "Region")),
    requestId: headers["x-amz-request-id"] ?? (error && textOf(error, "RequestId")),
  };
}

/** Older servers wrap it, as STS does. */
function findError(root: XmlElement): XmlElement | undefined {
  return root.children.find(({ name }) => name === "Error");
}

const codes: Readonly<Record<string, CliErrorCode>> = {
  InvalidAccessKeyId: "Unauthenticated",
  SignatureDoesNotMatch: "Unauthenticated",
  ExpiredToken: "Unauthenticated",
  InvalidToken: "Unauthenticated",
  TokenRefreshRequired: "Unauthenticated",
  AuthorizationHeaderMalformed: "Unauthenticated",
  RequestTimeTooSkewed: "Unauthenticated",
  NotImplemented: "NotSupported",
  MethodNotAllowed: "NotSupported",
  InvalidArgument: "Usage",
  InvalidBucketName: "Usage",
  InvalidRequest: "Usage",
  InvalidTag: "Usage",
  InvalidURI: "Usage",
  KeyTooLongError: "Usage",
  MalformedXML: "Usage",
  MalformedPolicy: "Usage",
  MetadataTooLarge: "Usage",
  TooManyRequests: "Network",
  SlowDown: "Network",
};

/** What a server has refused, as the CLI says it. `what` is for people: `s3://photos/a.jpg`. */
export function s3Error(
  failure: S3Failure,
  { what, from }: { readonly what: string; readonly from: string },
): CliError {
  const { status, code, message, requestId } = failure;
  return new CliError(codes[code] ?? codeOf(status), `${what}: ${message || wordsFor(status)}`, {
    why: code === "NoSuchBucket" || code === "InvalidAccessKeyId" ? `It was asked of ${from}.` : undefined,
    next: nextOf(failure),
    requestId,
    serverCode: code,
  });
}

function codeOf(status: number): CliErrorCode {
  if (status === 401) return "Unauthenticated";
  if (status === 403) return "Forbidden";
  if (status === 404) return "NotFound";
  if (status === 409 || status === 412) return "Conflict";
  if (status === 405 || status === 501) return "NotSupported";
  return status === 429 || status === 502 || status === 503 || status === 504 ? "Network" : "Failed";
}

function wordsFor(status: number): string {
  if (status === 404) return "There is no such thing.";
  if (status === 403) return "Not permitted.";
  if (status === 412) return "It is not as it was expected to be.";
  return `The server answered ${status}.`;
}

function nextOf({ status, code, requestId }: S3Failure): readonly string[] {
  if (code === "RequestTimeTooSkewed") return ["set the clock of this machine", "stave doctor"];
  if (code === "NoSuchBucket") return ["stave ls"];
  if (status !== 403) return [];
  return requestId === undefined ? ["stave doctor"] : [`stave why ${requestId}`];
}
