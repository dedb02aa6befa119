import { headerOf } from "./redact-request.ts";
import type { RefusedRequest } from "./refused-request.ts";

/** What to do about a request that was refused before, or beside, the comparison of its signature. */
export function refusalHint(refused: RefusedRequest, { region }: { readonly region: string }): string {
  const { code, details, message, receivedAt } = refused;
  switch (code) {
    case "AuthorizationHeaderMalformed":
    case "AuthorizationQueryParametersError":
      return malformedHint(refused, region);
    case "RequestTimeTooSkewed":
      return skewHint(details.RequestTime, receivedAt);
    case "InvalidAccessKeyId":
      return "No access key of this name is active here: it was revoked, has expired, or belongs to another server.";
    case "AccessDenied":
      return deniedHint(details, message);
    case "InvalidToken":
      return "The session token does not belong to this key, or the key takes none: send the three values of temporary credentials together, and no token with a permanent key.";
    case "ExpiredToken":
      return "The temporary credentials are over: ask for new ones.";
    case "InvalidArgument":
    case "InvalidRequest":
      return unusualHint(refused);
    default:
      return `The request cannot be accepted as it is signed: ${message}`;
  }
}

function malformedHint({ details, message, request }: RefusedRequest, region: string): string {
  if (details.Region !== undefined) {
    return `The client signs for another region than "${region}": set its region (AWS_REGION) to "${region}".`;
  }
  const service = /incorrect service "([^"]*)"/.exec(message)?.[1];
  if (service !== undefined) {
    return `The client signs for the service "${service}" and not for "s3": it is meant for another service, or its signer is set up for one (curl: --aws-sigv4 aws:amz:${region}:s3).`;
  }
  if (message.includes("Invalid credential date")) {
    return "The day in the credential is not that of the date of the request: the client has kept a credential scope over midnight, or a proxy has replaced the date.";
  }
  if (/[?&]amp;/i.test(request.target)) {
    return 'The URL was copied out of HTML or XML, with "&amp;" where "&" belongs: decode it first.';
  }
  if (message.includes("requires the")) {
    return `The URL has only a part of its signature, as when it was cut off at an "&" that a shell took for its own: put it into quotes. ${message}`;
  }
  return `The signature is not written as SigV4 demands: ${message} Look for a proxy that rewrites headers or the query.`;
}

function skewHint(requestTime: string | undefined, receivedAt: Date): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(requestTime ?? "");
  const sent = parts === null ? new Date(requestTime ?? "") : new Date(isoOf(parts));
  const seconds = Math.round((sent.getTime() - receivedAt.getTime()) / 1000);
  if (Number.isNaN(seconds)) return "The clock of the client, or of this server, is wrong by more than 15 minutes.";
  const direction = seconds > 0 ? "ahead of" : "behind";
  return `The clock of the client is ${Math.abs(seconds)} s ${direction} this server's: correct whichever is wrong, and keep both with NTP.`;
}

function isoOf([, year, month, day, hour, minute, second]: readonly string[]): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function deniedHint({ HeadersNotSigned, Expires }: Readonly<Record<string, string>>, message: string): string {
  if (HeadersNotSigned !== undefined) {
    return `These headers came along without being signed: ${HeadersNotSigned}. A proxy adds them, or the client adds them after signing.`;
  }
  if (Expires !== undefined)
    return `The presigned URL was good until ${Expires}: make a new one, or one that lasts longer.`;
  if (/not valid yet/i.test(message))
    return "The presigned URL begins in the future: the clock of whoever made it is ahead.";
  if (/valid Date/.test(message))
    return "The request says no time of signing that can be read: x-amz-date was removed on the way, or the client writes dates in another form than 20300131T235959Z.";
  return `The request cannot be accepted as signed: ${message}`;
}

function unusualHint({ request: { target, rawHeaders }, message }: RefusedRequest): string {
  const authorization = headerOf(rawHeaders, "authorization");
  if (authorization !== undefined && /[?&]X-Amz-(?:Signature|Credential)=/i.test(target)) {
    return "The request is signed twice, by a header and in its URL: an HTTP client adds its own Authorization header to a presigned URL.";
  }
  if (authorization?.startsWith("AWS ") === true || /[?&]AWSAccessKeyId=/.test(target)) {
    return "The client signs with Signature Version 2, which is not accepted: set it to version 4 (s3v4).";
  }
  if (authorization !== undefined && !authorization.startsWith("AWS")) {
    return "The Authorization header is of another kind, such as Basic or Bearer: a proxy or an application puts its own there. Remove it, or sign the request.";
  }
  if (message.includes("x-amz-content-sha256")) {
    return "The header x-amz-content-sha256 is missing: the client has to send it, signed, with the SHA-256 of the body or UNSIGNED-PAYLOAD (curl before 8.3: -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD').";
  }
  return `The request is not signed as this server asks for: ${message}`;
}
