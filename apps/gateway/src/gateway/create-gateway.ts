import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createAccessRecorder } from "../access-log/record-access.ts";
import { createAuthenticate } from "../auth/authenticate.ts";
import { createAuthenticateForm } from "../auth/authenticate-form.ts";
import { createAuthenticateSts } from "../auth/authenticate-sts.ts";
import { createConfigurationCache } from "../configuration/bucket-configurations.ts";
import { limitConnections } from "../limits/connection-limits.ts";
import { createFindPeer } from "../peer/find-peer.ts";
import { createWebsiteHosts } from "../website/website-host.ts";
import { createEndOfTurn } from "./end-of-turn.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { createByteCounter } from "./moved-bytes.ts";
import { refuseConnect, refuseUnparsable } from "./refuse-unparsable.ts";
import { createRequestIds } from "./request-id.ts";
import { serveRequest } from "./serve-request.ts";

/** Key, metadata and signature at their limits need about 14 KiB. */
const maxHeaderBytes = 16 * 1024;
/** Longer than the idle time of SDK connection pools and of common proxies, which must close first. */
const defaultKeepAliveTimeoutMs = 75_000;
const defaultHeadersTimeoutMs = 30_000;
/** How late a timeout may be noticed. */
const maxCheckIntervalMs = 5000;
/** Heads, bodies and answers have times of their own, which end sooner; this is for whatever they do not see. */
const socketTimeoutMs = 15 * 60_000;
/** Fewer, larger reads: receiving costs more than hashing otherwise. */
const readBufferBytes = 256 * 1024;

/** The S3 server, not listening yet. */
export function createGateway(options: GatewayOptions): Server {
  const configurations = createConfigurationCache(options.store);
  const { accessLog } = options;
  const { headersTimeoutMs = defaultHeadersTimeoutMs, keepAliveTimeoutMs = defaultKeepAliveTimeoutMs } = options;
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(maxCheckIntervalMs, headersTimeoutMs / 4),
    requestTimeout: 0, // it would end a slow 5 GiB upload; stalled ones end by their idle time
    highWaterMark: readBufferBytes,
    noDelay: true,
    requireHostHeader: false, // refused as S3 does, with a document and a request id
  });
  const serving = {
    ...options,
    authenticate: createAuthenticate(options),
    authenticateForm: createAuthenticateForm(options),
    authenticateSts: createAuthenticateSts(options),
    configurations,
    accounts: options.identities.accounts,
    mayReplaceHost: options.trustedProxies !== undefined || options.publicHosts !== undefined,
    websiteOf: createWebsiteHosts(options),
    recordAccess: accessLog && createAccessRecorder({ ...options, log: accessLog, configurations }),
    endOfTurn: createEndOfTurn(),
    countBytes: createByteCounter(),
    connections: limitConnections(server, { ...options, onRefused: options.onConnectionRefused }),
  };
  const nextRequestId = createRequestIds();
  const hostId = randomBytes(24).toString("base64");
  const findPeer = createFindPeer(options.trustedProxies);
  const open = trackResponses();

  const serve = async (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> => {
    const { socket } = message;
    open.add(socket, response);
    const peer = findPeer(message);
    const exchange = { message, response, peer, expectsContinue, requestId: nextRequestId(), hostId };
    const record = await serveRequest(exchange, serving);
    open.remove(socket, response);
    options.onRequest(record);
  };

  server.setTimeout(socketTimeoutMs);
  server.on("request", (message, response) => {
    options.identities.takeRequest();
    void serve(message, response, false);
  });
  server.on("checkContinue", (message, response) => void serve(message, response, true));
  // AWS ignores expectations it does not know.
  server.on("checkExpectation", (message, response) => void serve(message, response, false));
  server.on("connect", (_message: IncomingMessage, socket: Socket) => {
    if (open.of(socket).length > 0) socket.destroy();
    else refuseConnect(socket, { requestId: nextRequestId(), hostId });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (open.isEnding(socket)) return;
    const responses = open.of(socket);
    const answering = responses.filter(({ req }) => req.complete);
    open.end(socket);
    refuseUnparsable(error, socket, {
      maxHeaderBytes,
      requestId: nextRequestId(),
      hostId,
      isRequestOpen: responses.length > 0,
      answering,
      isRefusing: responses.some(({ headersSent, req }) => headersSent && !req.complete),
    });
  });
  return server;
}

/** Which answers a connection still waits for: what comes after them on the wire must not be written before them. */
function trackResponses() {
  const responses = new WeakMap<Socket, Set<ServerResponse>>();
  const ending = new WeakSet<Socket>();
  return {
    /** It closes as soon as what is due has been answered: what else comes on it was told already. */
    end: (socket: Socket) => void ending.add(socket),
    isEnding: (socket: Socket) => ending.has(socket),
    add(socket: Socket, response: ServerResponse): void {
      const open = responses.get(socket);
      if (open === undefined) responses.set(socket, new Set([response]));
      else open.add(response);
    },
    remove(socket: Socket, response: ServerResponse): void {
      responses.get(socket)?.delete(response);
    },
    of: (socket: Socket): readonly ServerResponse[] => [...(responses.get(socket) ?? [])],
  };
}
