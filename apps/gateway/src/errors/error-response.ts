import { writeError } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import type { S3Error } from "./s3-error.ts";

export type FailedRequest = {
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly hostId: string;
};

/** S3's error document. HEAD and 304 have no body, so their status must say it all. */
export function errorResponse(error: S3Error, request: FailedRequest): S3Response {
  const { headers, status } = error;
  if (request.method === "HEAD" || status === 304) return { status, headers };
  const xml = writeError({
    code: error.code,
    message: error.message,
    details: error.elements,
    resource: request.path,
    requestId: request.requestId,
    hostId: request.hostId,
  });
  return { status, headers, xml };
}
