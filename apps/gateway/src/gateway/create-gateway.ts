import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createAuthenticate } from "../auth/authenticate.ts";
import { errorResponse } from "../errors/error-response.ts";
import type { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import { sendResponse } from "../http/send-response.ts";
import type { OperationContext } from "../operations/operation.ts";
import { drainRequest } from "./drain-request.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { handleRequest, type RequestProgress } from "./handle-request.ts";
import { refuseUnparsable } from "./refuse-unparsable.ts";
import { createRequestIds } from "./request-id.ts";

/** Key, metadata and signature at their limits need about 14 KiB. */
const maxHeaderBytes = 16 * 1024;
/** Longer than the idle time of SDK connection pools and of common proxies, which must close first. */
const keepAliveTimeoutMs = 75_000;
const headersTimeoutMs = 30_000;
/** Fewer, larger reads: receiving costs more than hashing otherwise. */
const readBufferBytes = 1024 * 1024;

/** The S3 server, not listening yet. The only place that catches what requests throw, and answers it. */
export function createGateway(options: GatewayOptions): Server {
  const authenticate = createAuthenticate(options);
  const nextRequestId = createRequestIds();
  const hostId = randomBytes(24).toString("base64");

  const openResponses = new WeakMap<Socket, Set<ServerResponse>>();
  const track = (socket: Socket, response: ServerResponse) => {
    const responses = openResponses.get(socket);
    if (responses === undefined) openResponses.set(socket, new Set([response]));
    else responses.add(response);
  };

  const serve = async (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> => {
    const startMs = performance.now();
    const requestId = nextRequestId();
    track(message.socket, response);
    const path = withoutQuery(message.url ?? "");
    const method = message.method ?? "";
    const progress: RequestProgress = { operation: "Unknown", accessKeyId: undefined };
    let failure: unknown;
    let refusal: S3Error | undefined;
    const context: OperationContext = {
      store: options.store,
      accounts: options.accounts,
      region: options.region,
      logError: (error) => {
        failure ??= error;
      },
    };
    let isBodyComing = !expectsContinue;
    const onBodyStart = () => {
      if (!isBodyComing) response.writeContinue();
      isBodyComing = true;
    };

    let answer: S3Response;
    try {
      answer = await handleRequest({ message, onBodyStart }, { ...options, authenticate, context }, progress);
    } catch (error) {
      refusal = toS3Error(error);
      if (refusal.status >= 500 && refusal.code !== "NotImplemented") failure = refusal.cause ?? refusal;
      answer = errorResponse(refusal, { method, path, requestId, hostId });
    }
    // Also when the client was never asked for its body: what comes next may be that body or another request.
    const closes = !message.complete && (refusal !== undefined || !isBodyComing);
    const common = { "x-amz-request-id": requestId, "x-amz-id-2": hostId, server: "Stave" };
    // A body that nobody wants any more is not worth a connection, beyond what is already on its way.
    const headers = { ...common, ...answer.headers, ...(closes && { connection: "close" }) };
    const beforeEnd = closes && isBodyComing ? () => drainRequest(message) : undefined;
    try {
      await sendResponse(response, { ...answer, headers }, { idleTimeoutMs: options.idleTimeoutMs, beforeEnd });
    } catch (error) {
      failure ??= error;
      response.destroy();
    }
    openResponses.get(message.socket)?.delete(response);
    options.onRequest({
      requestId,
      method,
      path,
      remoteAddress: message.socket.remoteAddress,
      operation: progress.operation,
      accessKeyId: progress.accessKeyId,
      status: answer.status,
      errorCode: refusal?.code,
      failure,
      durationMs: performance.now() - startMs,
    });
  };

  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0, // it would end a slow 5 GiB upload; stalled ones end by their idle time
    highWaterMark: readBufferBytes,
    noDelay: true,
    requireHostHeader: false, // refused as S3 does, with a document and a request id
  });
  server.on("request", (message, response) => void serve(message, response, false));
  server.on("checkContinue", (message, response) => void serve(message, response, true));
  // AWS ignores expectations it does not know.
  server.on("checkExpectation", (message, response) => void serve(message, response, false));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const responses = [...(openResponses.get(socket) ?? [])];
    refuseUnparsable(error, socket, {
      maxHeaderBytes,
      requestId: nextRequestId(),
      hostId,
      isRequestOpen: responses.length > 0,
      isAnswering: responses.some(({ headersSent }) => headersSent),
    });
  });
  return server;
}

function withoutQuery(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}
