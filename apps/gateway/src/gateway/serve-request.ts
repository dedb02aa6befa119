import type { IncomingMessage, ServerResponse } from "node:http";
import { errorResponse } from "../errors/error-response.ts";
import type { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import { sendResponse } from "../http/send-response.ts";
import { drainRequest } from "./drain-request.ts";
import { type Handling, handleRequest, type RequestProgress } from "./handle-request.ts";
import type { RequestRecord } from "./request-record.ts";

export type Exchange = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The client waits for `100 Continue` before it sends a body. */
  readonly expectsContinue: boolean;
  readonly requestId: string;
  readonly hostId: string;
};

type Serving = Handling & {
  /** Awaited before a small answer: see `createEndOfTurn`. */
  readonly endOfTurn: () => Promise<void>;
};

/** Answers one request, whatever happens, and tells what is known of it when it is over. Does not throw. */
export async function serveRequest(exchange: Exchange, options: Serving): Promise<RequestRecord> {
  const startMs = performance.now();
  const { message, requestId, hostId, expectsContinue } = exchange;
  const method = message.method ?? "";
  const path = withoutQuery(message.url ?? "");
  const progress: RequestProgress = { operation: "Unknown", accessKeyId: undefined, failure: undefined };
  const body = trackBody(exchange);

  let answer: S3Response;
  let refusal: S3Error | undefined;
  // The only place that catches what a request throws.
  try {
    answer = await handleRequest({ message, expectsContinue, onBodyStart: body.ask, requestId }, options, progress);
  } catch (error) {
    refusal = toS3Error(error);
    answer = errorResponse(refusal, { method, path, requestId, hostId });
    if (isFailure(refusal)) progress.failure ??= refusal.cause ?? refusal;
  }
  if (sizeOf(answer) <= maxWaitingBytes) await options.endOfTurn();
  try {
    await send(exchange, answer, { options, isBodyComing: body.isComing() });
  } catch (error) {
    progress.failure ??= error;
    exchange.response.destroy();
  }
  return {
    requestId,
    method,
    path,
    remoteAddress: message.socket.remoteAddress,
    operation: progress.operation,
    accessKeyId: progress.accessKeyId,
    status: answer.status,
    errorCode: refusal?.code,
    failure: progress.failure,
    durationMs: performance.now() - startMs,
  };
}

/** A larger answer would be out of the processor's cache by the time it is written: listings take twice the time then. */
const maxWaitingBytes = 16 * 1024;

function sizeOf({ xml, content }: S3Response): number {
  return content?.sizeBytes ?? xml?.length ?? 0;
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

function send(
  { message, response, requestId, hostId }: Exchange,
  answer: S3Response,
  { options, isBodyComing }: { readonly options: Serving; readonly isBodyComing: boolean },
): Promise<void> {
  const headers = ["x-amz-request-id", requestId, "x-amz-id-2", hostId, "server", "Stave"];
  // A body that nobody wants is not worth a connection, beyond what is already on its way. And one that was never asked
  // for may still come, or another request in its place: no telling which.
  const closes = !message.complete;
  if (closes && answer.headers?.connection === undefined) headers.push("connection", "close");
  const beforeEnd = closes && isBodyComing ? () => drainRequest(message) : undefined;
  return sendResponse(response, answer, headers, { idleTimeoutMs: options.idleTimeoutMs, beforeEnd });
}

function withoutQuery(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}
