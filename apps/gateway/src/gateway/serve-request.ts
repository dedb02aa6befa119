import type { IncomingMessage, ServerResponse } from "node:http";
import type { Authenticate } from "../auth/authenticate.ts";
import { errorResponse } from "../errors/error-response.ts";
import type { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import { sendResponse } from "../http/send-response.ts";
import { drainRequest } from "./drain-request.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { handleRequest, type RequestProgress } from "./handle-request.ts";
import type { RequestRecord } from "./request-record.ts";

export type Exchange = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits for `100 Continue` before it sends a body. */
  readonly expectsContinue: boolean;
  readonly requestId: string;
  readonly hostId: string;
};

type Serving = GatewayOptions & { readonly authenticate: Authenticate };

/** Answers one request, whatever happens, and tells what is known of it when it is over. Does not throw. */
export async function serveRequest(exchange: Exchange, options: Serving): Promise<RequestRecord> {
  const startMs = performance.now();
  const { message, requestId } = exchange;
  const path = withoutQuery(message.url ?? "");
  const progress: RequestProgress = { operation: "Unknown", accessKeyId: undefined, failure: undefined };
  const body = trackBody(exchange);

  const { answer, refusal } = await settle(exchange, path, () =>
    handleRequest({ message, onBodyStart: body.ask }, options, progress),
  );
  if (refusal !== undefined && isFailure(refusal)) progress.failure ??= refusal.cause ?? refusal;
  try {
    await send(exchange, answer, { options, isBodyComing: body.isComing() });
  } catch (error) {
    progress.failure ??= error;
    exchange.response.destroy();
  }
  return {
    requestId,
    method: message.method ?? "",
    path,
    ...progress,
    remoteAddress: message.socket.remoteAddress,
    status: answer.status,
    errorCode: refusal?.code,
    durationMs: performance.now() - startMs,
  };
}

/** The only place that catches what a request throws. */
async function settle(
  { message, requestId, hostId }: Exchange,
  path: string,
  handle: () => Promise<S3Response>,
): Promise<{ readonly answer: S3Response; readonly refusal: S3Error | undefined }> {
  try {
    return { answer: await handle(), refusal: undefined };
  } catch (error) {
    const refusal = toS3Error(error);
    const answer = errorResponse(refusal, { method: message.method ?? "", path, requestId, hostId });
    return { answer, refusal };
  }
}

/** What the operator has to look at; a 501 is an answer like any other. */
function isFailure({ status, code }: S3Error): boolean {
  return status >= 500 && code !== "NotImplemented";
}

function trackBody({ response, expectsContinue }: Exchange): { ask(): void; isComing(): boolean } {
  let isComing = !expectsContinue;
  return {
    ask() {
      if (!isComing) response.writeContinue();
      isComing = true;
    },
    isComing: () => isComing,
  };
}

async function send(
  { message, response, requestId, hostId }: Exchange,
  answer: S3Response,
  { options, isBodyComing }: { readonly options: Serving; readonly isBodyComing: boolean },
): Promise<void> {
  // A body that nobody wants is not worth a connection, beyond what is already on its way. And one that was never asked
  // for may still come, or another request in its place: no telling which.
  const closes = !message.complete;
  const common = { "x-amz-request-id": requestId, "x-amz-id-2": hostId, server: "Stave" };
  const headers = { ...common, ...answer.headers, ...(closes && { connection: "close" }) };
  const beforeEnd = closes && isBodyComing ? () => drainRequest(message) : undefined;
  await sendResponse(response, { ...answer, headers }, { idleTimeoutMs: options.idleTimeoutMs, beforeEnd });
}

function withoutQuery(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}
