import type { Authentication } from "../auth/authenticate.ts";
import { openBody } from "../body/open-body.ts";
import { answerPreflight } from "../cors/cross-origin-request.ts";
import { S3Error } from "../errors/s3-error.ts";
import { mayBeHeardOf, storeOfRequest } from "../events/store-of-request.ts";
import { refuseTransferCodings } from "../headers/refuse-transfer-codings.ts";
import { refuseUnsupportedHeaders } from "../headers/refuse-unsupported.ts";
import { withHoistedHeaders } from "../http/hoisted-headers.ts";
import { parseTarget } from "../http/parse-target.ts";
import { readRequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { operations } from "../operations/index.ts";
import type { OperationRequest } from "../operations/operation.ts";
import { handleSts, isForm } from "../sts/handle-sts.ts";
import { grantAccess } from "./grant-access.ts";
import { handleForm } from "./handle-form.ts";
import type { Handling, Incoming, RequestProgress } from "./handling.ts";
import { bucketUrl, operationContext } from "./operation-context.ts";
import { understandRequest } from "./understand-request.ts";
import { visitWebsite } from "./visit-website.ts";

/**
 * The way of a request: parse, resolve, authenticate, authorize, open the body, run the operation. Each step may throw; the
 * caller is the only place that catches.
 */
export async function handleRequest(
  { message, peer, meter, expectsContinue, onBodyStart, requestId }: Incoming,
  options: Handling,
  progress: RequestProgress,
): Promise<S3Response> {
  const method = message.method ?? "";
  const rawTarget = message.url ?? "";
  const sentHeaders = readRequestHeaders(message.rawHeaders);
  // node:http takes a request line without a version for one of HTTP/0.9.
  if (message.httpVersionMajor !== 1) throw new S3Error("BadRequest", "The request could not be read as HTTP/1.1.");
  if (sentHeaders.host === undefined && message.httpVersion !== "1.0") {
    throw new S3Error("BadRequest", "A request must have a Host header.");
  }
  refuseTransferCodings(sentHeaders);
  const website = options.websiteOf(sentHeaders.host);
  if (website !== undefined)
    return visitWebsite({ bucket: website, message, peer, requestId, headers: sentHeaders }, options, progress);
  if (isForm(method, sentHeaders)) {
    const target = parseTarget(rawTarget, sentHeaders.host, options.addressing);
    progress.address = target;
    const incoming = { message, peer, meter, expectsContinue, onBodyStart, requestId };
    if (target.bucket === "") return handleSts(incoming, options, progress, { target, headers: sentHeaders });
  }
  if (method === "OPTIONS") {
    const target = parseTarget(rawTarget, sentHeaders.host, options.addressing);
    progress.address = target;
    progress.operation = "Preflight";
    return answerPreflight(options, { target, headers: sentHeaders });
  }
  const asked = { method, rawTarget, host: sentHeaders.host, headers: sentHeaders };
  const { mayReplaceHost, addressing } = options;
  let understood = mayReplaceHost ? undefined : understandRequest(asked, addressing, progress);
  let authentication: Authentication;
  try {
    const { rawHeaders } = message;
    authentication = await options.authenticate({ method, target: rawTarget, rawHeaders, remoteAddress: peer.proxy });
  } catch (error) {
    // What cannot be read is told before who asks; and the record of the request says what it was about.
    if (mayReplaceHost) understandRequest(asked, addressing, progress);
    throw error;
  }
  // The host that was signed says what is asked for, wherever the one that a proxy has put into the header would lead.
  const host = mayReplaceHost ? (authentication.host ?? sentHeaders.host) : sentHeaders.host;
  understood ??= understandRequest({ ...asked, host }, addressing, progress);
  const { target, operation } = understood;
  progress.identity = authentication.identity;
  meter?.admitKey(authentication.identity);
  const headers = authentication.isPresigned ? withHoistedHeaders(sentHeaders, target.query) : sentHeaders;
  refuseUnsupportedHeaders(headers);

  const entry = operations[operation];
  const receivedAt = options.now();
  const known = { operation, authentication, target, headers, receivedAt, message, peer, requestId };
  if (entry.body === "form") return handleForm(onBodyStart, options, progress, { ...known, entry, meter });
  const access = await grantAccess(options, { ...known, key: target.key });
  progress.bucketInfo = access.bucketInfo;
  const request: OperationRequest = {
    ...access,
    bucket: target.bucket,
    key: target.key,
    query: target.query,
    headers,
    receivedAt,
    bucketUrl: bucketUrl(target, { host, isEncrypted: peer.isEncrypted }),
  };
  if (authentication.payload.kind === "streaming" && entry.body !== "object") {
    throw new S3Error("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.");
  }
  const store = mayBeHeardOf(method, access.bucketInfo, headers)
    ? await storeOfRequest(options.store, { ...known, ...access }, options.now)
    : options.store;
  const context = operationContext(options, progress, store);
  if (entry.body === "none") return entry.run(context, request);
  const body = openBody(message, headers, {
    payload: authentication.payload,
    kind: entry.body,
    maxSizeBytes: entry.body === "object" ? options.maxObjectBytes : entry.maxBodyBytes,
    idleTimeoutMs: options.idleTimeoutMs,
    meter,
    isComing: !expectsContinue,
    onStart: onBodyStart,
  });
  try {
    return await entry.run(context, { ...request, body });
  } finally {
    body.release();
  }
}
