import { S3ServiceException } from "@aws-sdk/client-s3";
import type { ProblemCode } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";

type Meaning = { readonly code: ProblemCode; readonly detail?: string; readonly nextActions?: readonly string[] };

/**
 * What a service has refused, or that it did not answer, in the words of this API. Anything else stays what it is. S3's own message is passed
 * on only where the request is at fault: others name accounts, keys and addresses of the server.
 */
export function s3Problem(error: unknown, { name }: Pick<ServiceRecord, "name">): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof Error && error.name === "AbortError") {
    return new Problem("INVALID_REQUEST", { detail: "The client has gone.", cause: error });
  }
  if (!(error instanceof S3ServiceException)) {
    return isUnreachable(error)
      ? new Problem("UNAVAILABLE", { ...unanswered(name), headers: { "retry-after": "5" }, cause: error })
      : error;
  }
  const status = error.$metadata.httpStatusCode ?? 500;
  const known = meanings[error.name] ?? byStatus(status);
  if (known.code === "UNAVAILABLE") {
    return new Problem("UNAVAILABLE", { ...unanswered(name), headers: { "retry-after": "5" }, cause: error });
  }
  const detail = known.detail ?? (known.code === "INVALID_REQUEST" ? saidBy(error) : undefined);
  return new Problem(known.code, {
    ...(detail !== undefined && { detail }),
    ...(known.nextActions !== undefined && { nextActions: known.nextActions }),
    cause: error,
  });
}

const noBucket: Meaning = { code: "NOT_FOUND", detail: "There is no such bucket, or the service does not own it." };
const taken: Meaning = { code: "CONFLICT", detail: "There is a bucket of this name already." };
const badCredentials: Meaning = {
  code: "CONFLICT",
  detail: "The service does not accept the credentials that are stored for it.",
  nextActions: ["Rotate the credentials of the service, or store others."],
};
const quota: Meaning = {
  code: "CONFLICT",
  detail: "The quota or the disk of the service is full.",
  nextActions: ["Delete objects, or raise the quota."],
};
const clock: Meaning = {
  code: "CONFLICT",
  detail: "The clocks of the service and of this server differ.",
  nextActions: ["Set both clocks by the network."],
};

const meanings: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: noBucket,
  NoSuchKey: { code: "NOT_FOUND", detail: "There is no such object." },
  NoSuchVersion: { code: "NOT_FOUND", detail: "There is no such version." },
  NoSuchUpload: { code: "NOT_FOUND", detail: "There is no such upload: it was completed or aborted." },
  BucketNotEmpty: {
    code: "CONFLICT",
    detail: "The bucket is not empty: it has objects, versions or unfinished uploads.",
    nextActions: ["Delete what is in it, or use force=true, which does."],
  },
  BucketAlreadyExists: taken,
  BucketAlreadyOwnedByYou: taken,
  InvalidBucketState: { code: "CONFLICT", detail: "The bucket has other settings that exclude this." },
  OperationAborted: { code: "CONFLICT", detail: "Something else changes it at this moment." },
  ConditionalRequestConflict: { code: "CONFLICT", detail: "Something else changes it at this moment." },
  TooManyBuckets: { code: "CONFLICT", detail: "The service may have no more buckets." },
  MethodNotAllowed: {
    code: "CONFLICT",
    detail: "This cannot be done with it: it is a delete marker, or the engine does not know this.",
  },
  PreconditionFailed: { code: "PRECONDITION_FAILED" },
  AccessDenied: {
    code: "PERMISSION_DENIED",
    detail:
      "The service refuses this to its own root credentials: a bucket policy, a lock or a limit stands against it.",
    nextActions: ["Look at the policy, the public access block and the object lock of the bucket."],
  },
  InvalidAccessKeyId: badCredentials,
  SignatureDoesNotMatch: badCredentials,
  InvalidToken: badCredentials,
  ExpiredToken: badCredentials,
  AuthorizationHeaderMalformed: {
    code: "CONFLICT",
    detail: "The service expects another region than the one that is stored for it.",
    nextActions: ["Change the region of the service."],
  },
  RequestTimeTooSkewed: clock,
  QuotaExceeded: quota,
  AccountQuotaExceeded: quota,
  InsufficientStorage: quota,
  EntityTooLarge: { code: "BODY_TOO_LARGE" },
  InvalidRange: { code: "RANGE_NOT_SATISFIABLE" },
  NotImplemented: { code: "NOT_IMPLEMENTED", detail: "The engine of this service cannot do this." },
  SlowDown: { code: "UNAVAILABLE" },
};

/** Answers to HEAD have no body, and engines have codes of their own. */
function byStatus(status: number): Meaning {
  if (status === 404) return { code: "NOT_FOUND" };
  if (status === 405) return meanings.MethodNotAllowed ?? { code: "CONFLICT" };
  if (status === 501) return meanings.NotImplemented ?? { code: "NOT_IMPLEMENTED" };
  if (status === 403) return meanings.AccessDenied ?? { code: "PERMISSION_DENIED" };
  if (status === 409) return { code: "CONFLICT" };
  if (status === 412) return { code: "PRECONDITION_FAILED" };
  if (status === 413) return { code: "BODY_TOO_LARGE" };
  if (status === 416) return { code: "RANGE_NOT_SATISFIABLE" };
  if (status >= 400 && status < 500) return { code: "INVALID_REQUEST" };
  return { code: "UNAVAILABLE" };
}

const maxDetailLength = 500;

function saidBy({ name, message }: S3ServiceException): string {
  return `${name}: ${message}`.slice(0, maxDetailLength);
}

function unanswered(name: string) {
  return {
    detail: `The service ${name} does not answer as it should.`,
    nextActions: ["Try again; if it stays so, look at the health of the service."],
  };
}

/** Whether the service has not answered at all. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "TimeoutError" || error.name === "RequestTimeout") return true;
  return (
    "code" in error &&
    typeof error.code === "string" &&
    /^(?:E[A-Z]+|ERR_TLS_\w+|CERT_\w+|UNABLE_TO_\w+)$/.test(error.code)
  );
}
