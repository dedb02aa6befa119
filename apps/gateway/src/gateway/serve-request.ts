import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { AnsweredRequest } from "../access-log/record-access.ts";
import type { Identity } from "../auth/identity.ts";
import { allowCrossOrigin } from "../cors/cross-origin-request.ts";
import { errorResponse } from "../errors/error-response.ts";
import type { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import { isAboutAccess } from "../explain/refused-request.ts";
import type { S3Response } from "../http/s3-response.ts";
import { sendResponse } from "../http/send-response.ts";
import type { ConnectionLimits } from "../limits/connection-limits.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import type { Peer } from "../peer/find-peer.ts";
import { isStsAction } from "../sts/actions.ts";
import { stsErrorResponse } from "../sts/sts-documents.ts";
import { websiteErrorPage } from "../website/website-error-page.ts";
import { auditedOperations, auditOperation } from "./audit-operation.ts";
import { drainRequest } from "./drain-request.ts";
import { handleRequest } from "./handle-request.ts";
import type { Handling, RequestProgress } from "./handling.ts";
import type { MovedBytes } from "./moved-bytes.ts";
import type { RequestKind, RequestRecord } from "./request-record.ts";

export type Exchange = {
  readonly message: IncomingMessage;
  readonly peer: Peer;
  readonly response: ServerResponse;
  /** The client waits for `100 Continue` before it sends a body. */
  readonly expectsContinue: boolean;
  readonly requestId: string;
  readonly hostId: string;
};

type Serving = Handling & {
  readonly countBytes: (socket: Socket) => MovedBytes;
  /** Awaited before a small answer: see `createEndOfTurn`. */
  readonly endOfTurn: () => Promise<void>;
  readonly connections: ConnectionLimits;
  readonly recordAccess: ((request: AnsweredRequest) => void) | undefined;
};

/** Answers one request, whatever happens, and tells what is known of it when it is over. Does not throw. */
export async function serveRequest(exchange: Exchange, options: Serving): Promise<RequestRecord> {
  const startMs = performance.now();
  const { message, peer, requestId, hostId, expectsContinue } = exchange;
  const method = message.method ?? "";
  const path = withoutQuery(message.url ?? "");
  const progress: RequestProgress = {
    operation: "Unknown",
    identity: undefined,
    address: undefined,
    bucketInfo: undefined,
    crossOrigin: undefined,
    form: undefined,
    refusal: undefined,
    refusedPart: undefined,
    failure: undefined,
  };
  const body = trackBody(exchange);
  const meter = options.rateLimits?.begin(peer, message.socket);

  let answer: S3Response;
  // The only place that catches what a request throws.
  try {
    options.connections.check(message.socket);
    meter?.admitAddress();
    const incoming = { message, peer, meter, expectsContinue, onBodyStart: body.ask, requestId };
    answer = await handleRequest(incoming, options, progress);
    if (options.recordOperation !== undefined && auditedOperations.has(progress.operation)) {
      await auditOperation(progress, { requestId, remoteAddress: peer.address }, options.recordOperation);
    }
  } catch (error) {
    progress.refusal = toS3Error(error);
    answer = explain(progress.operation)(progress.refusal, { method, path, requestId, hostId });
  }
  const { refusal } = progress;
  if (refusal !== undefined && isFailure(refusal)) progress.failure ??= refusal.cause ?? refusal;
  if ((refusal ?? progress.refusedPart) !== undefined) remember(exchange, peer, progress, options);
  if (progress.crossOrigin !== undefined) answer = await withCorsHeaders(answer, progress, options);
  if (sizeOf(answer) <= maxWaitingBytes) await options.endOfTurn();
  try {
    await send(exchange, answer, { options, meter, isBodyComing: body.isComing() });
  } catch (error) {
    progress.failure ??= error;
    exchange.response.destroy();
  }
  meter?.end();
  const durationMs = performance.now() - startMs;
  if (options.recordAccess !== undefined && mayBeLogged(progress)) {
    const errorCode = progress.refusal?.code;
    const { destroyed, writableFinished } = exchange.response;
    const isCutShort = destroyed && !writableFinished;
    options.recordAccess({ ...progress, message, peer, requestId, hostId, answer, errorCode, isCutShort, durationMs });
  }
  const { receivedBytes, sentBytes } = options.countBytes(message.socket);
  return {
    requestId,
    method,
    path,
    remoteAddress: peer.address,
    operation: progress.operation,
    accessKeyId: progress.identity?.accessKeyId,
    usageKeyId: usageKeyOf(progress.identity),
    status: answer.status,
    errorCode: refusal?.code,
    failure: progress.failure,
    durationMs,
    receivedBytes,
    sentBytes,
  };
}

/** The id of nobody is empty. */
function usageKeyOf(identity: Identity | undefined): string | undefined {
  return identity?.parentAccessKeyId ?? (identity?.accessKeyId || undefined);
}

/** In the words of what was asked. */
function explain(operation: RequestKind): typeof errorResponse {
  if (operation === "Website") return websiteErrorPage;
  return isOfSts(operation) ? stsErrorResponse : errorResponse;
}

function isOfSts(operation: RequestKind): boolean {
  return operation === "Sts" || isStsAction(operation);
}

/** For who asks why. Before the answer is sent: it is there as soon as the client has its request id. */
function remember(
  { message, requestId }: Exchange,
  { address: remoteAddress }: Peer,
  progress: RequestProgress,
  { refusals, now }: Serving,
): void {
  const { refusal, refusedPart, operation, identity, form } = progress;
  const error = refusal ?? refusedPart;
  if (error === undefined || refusals === undefined || !isAboutAccess(error, operation)) return;
  if (isOfSts(operation)) return; // signed for another service, with the hash of a body that is gone: nothing of it could be computed
  try {
    const sent = { method: message.method ?? "", target: message.url ?? "", rawHeaders: message.rawHeaders };
    refusals.keep({ requestId, receivedAt: now(), remoteAddress, sent, operation, identity, form, error });
  } catch (failure) {
    progress.failure ??= failure; // the answer stays what it is
  }
}

/** So that a page of another origin can read what it was answered, an error above all. */
async function withCorsHeaders(answer: S3Response, progress: RequestProgress, options: Serving): Promise<S3Response> {
  if (progress.crossOrigin === undefined) return answer;
  try {
    const headers = await allowCrossOrigin(options, progress.crossOrigin);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  } catch (error) {
    progress.failure ??= error; // a page that may not read the answer is better than no answer
    return answer;
  }
}

/** A larger answer would be out of the processor's cache by the time it is written: listings take twice the time then. */
const maxWaitingBytes = 16 * 1024;

function sizeOf({ xml, content }: S3Response): number {
  return content?.sizeBytes ?? xml?.length ?? 0;
}

/**
 * Nothing is looked up for a request that went well on a bucket without configurations. Who was refused may not even be told which
 * bucket it was.
 */
function mayBeLogged({ address, bucketInfo, operation, refusal }: RequestProgress): boolean {
  if (bucketInfo !== undefined) return bucketInfo.configurationRevision > 0;
  return address !== undefined && address.bucket !== "" && (refusal !== undefined || operation === "Preflight");
}

/** What the operator has to look at. These two are answers like any other. */
function isFailure({ status, code }: S3Error): boolean {
  return status >= 500 && code !== "NotImplemented" && code !== "SlowDown";
}

function trackBody({ response, expectsContinue }: Exchange): { ask(): void; isComing(): boolean } {
  let isComing = !expectsContinue;
  return {
    ask() {
      if (!isComing) writeContinue(response);
      isComing = true;
    },
    isComing: () => isComing,
  };
}

/** In its turn: before the answers to earlier requests are out, node:http would put it between the head and the body of this one. */
function writeContinue(response: ServerResponse): void {
  if (response.socket !== null) response.writeContinue();
  else {
    response.once("socket", () => {
      if (!response.headersSent) response.writeContinue();
    });
  }
}

type SendOptions = {
  readonly options: Serving;
  readonly meter: RequestMeter | undefined;
  readonly isBodyComing: boolean;
};

function send(
  { message, response, requestId, hostId }: Exchange,
  answer: S3Response,
  { options, meter, isBodyComing }: SendOptions,
): Promise<void> {
  const headers = ["x-amz-request-id", requestId, "x-amz-id-2", hostId, "server", "Stave"];
  // A body that nobody wants is not worth a connection, beyond what is already on its way. And one that was never asked
  // for may still come, or another request in its place: no telling which.
  const closes = !message.complete;
  if (closes && answer.headers?.connection === undefined) headers.push("connection", "close");
  const beforeEnd = closes && isBodyComing ? () => drainRequest(message) : undefined;
  return sendResponse(response, answer, headers, { idleTimeoutMs: options.idleTimeoutMs, meter, beforeEnd });
}

function withoutQuery(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}
