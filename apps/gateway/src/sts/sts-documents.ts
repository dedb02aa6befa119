import type { S3Error, S3ErrorCode } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { StsActionName } from "./actions.ts";
import type { StsResult } from "./sts-action.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The answer to a call that went well. */
export function stsResponse(action: StsActionName, result: StsResult, requestId: string): S3Response {
  const xml = `${declaration}<${action}Response xmlns="${namespace}">${elements({
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  })}</${action}Response>`;
  return { status: 200, headers: headersOf(requestId), xml };
}

/** The answer to a call that did not, in the words of STS. */
export function stsErrorResponse(error: S3Error, { requestId }: { readonly requestId: string }): S3Response {
  const { code = error.code, status = error.status } = names[error.code] ?? {};
  const xml = `${declaration}<ErrorResponse xmlns="${namespace}">${elements({
    Error: { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: error.message, ...error.elements },
    RequestId: requestId,
  })}</ErrorResponse>`;
  return { status, headers: { ...error.headers, ...headersOf(requestId) }, xml };
}

type Named = { readonly code: string; readonly status?: number };

/** Where STS has another word than S3, or another status. */
const names: Partial<Record<S3ErrorCode, Named>> = {
  AuthorizationHeaderMalformed: { code: "IncompleteSignature" },
  AuthorizationQueryParametersError: { code: "IncompleteSignature" },
  ExpiredToken: { code: "ExpiredToken", status: 403 },
  InternalError: { code: "InternalFailure" },
  InvalidAccessKeyId: { code: "InvalidClientTokenId" },
  InvalidToken: { code: "InvalidClientTokenId", status: 403 },
  MalformedPolicy: { code: "MalformedPolicyDocument" },
  RequestTimeTooSkewed: { code: "SignatureDoesNotMatch" },
};

function headersOf(requestId: string): Readonly<Record<string, string>> {
  return { "content-type": "text/xml", "x-amzn-requestid": requestId, "cache-control": "no-store" };
}

function elements(content: StsResult): string {
  return Object.entries(content)
    .map(([name, value]) => {
      if (value === undefined) return "";
      return `<${name}>${typeof value === "string" ? escapeText(value) : elements(value)}</${name}>`;
    })
    .join("");
}

/** What XML 1.0 cannot hold in any spelling becomes a replacement character. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
