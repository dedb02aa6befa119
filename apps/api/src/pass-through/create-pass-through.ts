import { once } from "node:events";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Logger } from "pino";
import { answerError } from "./answer-error.ts";
import { drainRequest } from "./drain-request.ts";
import { type IsTrusted, requestHeaders, responseHeaders } from "./forwarded-headers.ts";

export type PassThrough = {
  /** Whether a request target is one of S3. */
  isFor(target: string | undefined): boolean;
  /** `expectsContinue`: the client sends no body before it hears `100 Continue`. Answers whatever happens; does not throw. */
  pass(exchange: {
    readonly message: IncomingMessage;
    readonly response: ServerResponse;
    readonly expectsContinue: boolean;
  }): void;
  close(): void;
};

export type PassThroughOptions = {
  readonly gatewayUrl: string;
  /** Peers whose `X-Forwarded-For` and `-Proto` are passed on. */
  readonly isTrusted: IsTrusted;
  readonly logger: Logger;
  /** Without a byte from or to the gateway a request ends. @default 15 min, as the gateway's own; what is slow ends there, sooner */
  readonly idleTimeoutMs?: number;
  /** A client that takes no byte of its answer is cut off. @default 2 min */
  readonly answerTimeoutMs?: number;
};

/** The mount of the gateway: nothing of the path is changed. Proxies and some clients send the whole URL. */
const s3Target = /^(?:[Hh][Tt][Tt][Pp][Ss]?:\/\/[^/?#]+)?\/storage\/v1\/s3(?:[/?]|$)/;
const connectTimeoutMs = 5_000;
/** Connections that wait for a next request; those under way are as many as there are clients. */
const maxFreeSockets = 64;

/**
 * Passes S3 on to the gateway: the raw target, `Host` and all headers that may be signed stay byte for byte what the client has sent, and
 * nothing is kept. It speaks node:http itself because proxy libraries write headers and targets anew, and undici refuses `Expect`.
 */
export function createPassThrough(options: PassThroughOptions): PassThrough {
  const { gatewayUrl, isTrusted, logger, idleTimeoutMs = 15 * 60_000, answerTimeoutMs = 120_000 } = options;
  const { protocol, hostname, port } = new URL(gatewayUrl);
  const isTls = protocol === "https:";
  const agentOptions = { keepAlive: true, maxFreeSockets, scheduling: "lifo" } as const;
  const agent = isTls ? new TlsAgent(agentOptions) : new Agent(agentOptions);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  // The `Host` of a request is the client's: certificates are checked for the name of the gateway.
  const gateway = { agent, host, port, setDefaultHeaders: false, ...(isTls && { servername: host }) };
  const send = isTls ? tlsRequest : request;
  let isAway = false;

  const sayAway = (error: Error): void => {
    if (!isAway) logger.warn({ err: error }, "the gateway does not answer: S3 is refused with 503");
    isAway = true;
  };

  return {
    isFor: (target = "") => s3Target.test(target),
    pass({ message, response, expectsContinue }) {
      const { method = "GET", url: path = "" } = message;
      const body = { isComing: !expectsContinue };
      const breakOff = (error: unknown): void => {
        logger.error({ err: error }, "an answer of the gateway could not be passed on");
        response.destroy();
      };
      const refuse = (status: 400 | 503): void => {
        answerError({ message, response, status, isBodyComing: body.isComing }).catch(breakOff);
      };
      let outgoing: ReturnType<typeof request>;
      try {
        outgoing = send({ ...gateway, method, path, headers: requestHeaders(message, isTrusted) });
      } catch (error) {
        // Bytes that the parser lets through and that cannot be written again.
        logger.debug({ err: error }, "a request could not be passed on");
        refuse(400);
        return;
      }
      limitConnecting(outgoing);
      outgoing.setTimeout(idleTimeoutMs, () => void outgoing.destroy(new Error("The gateway was silent")));
      outgoing.on("continue", () => {
        body.isComing = true;
        writeContinue(response);
      });
      outgoing.on("response", (answer: IncomingMessage) => {
        isAway = false;
        response.setTimeout(answerTimeoutMs, () => void response.destroy());
        passAnswer(answer, { message, response, body })
          .catch(breakOff)
          .finally(() => {
            // What is left of a body that nobody wants would keep the connection.
            if (!outgoing.writableFinished) outgoing.destroy();
          });
      });
      outgoing.on("error", (error) => {
        message.unpipe(outgoing);
        if (response.destroyed || response.headersSent) return; // told by the end of the answer
        sayAway(error);
        refuse(503);
      });
      response.on("close", () => {
        if (!response.writableFinished) outgoing.destroy();
      });
      message.pipe(outgoing, { end: false });
      // Not after a body that was cut off: the gateway must see that, too.
      message.on("end", () => {
        if (message.rawTrailers.length > 0) outgoing.addTrailers(pairs(message.rawTrailers));
        outgoing.end();
      });
    },
    close: () => agent.destroy(),
  };
}

/** An agent's sockets that are open already have nothing to wait for. */
function limitConnecting(outgoing: ReturnType<typeof request>): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => socket.destroy(new Error("No connection to the gateway in time")), connectTimeoutMs);
    const stop = () => clearTimeout(timer);
    socket.once("connect", stop).once("close", stop);
  });
}

type Passing = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: { readonly isComing: boolean };
};

/** Resolves when the answer is out, or nobody wants it. An answer that is cut off is cut off for the client as well: it must never look whole. */
async function passAnswer(answer: IncomingMessage, { message, response, body }: Passing): Promise<void> {
  const headers = responseHeaders(answer);
  const isEarly = !message.complete; // what comes after this answer cannot be told from the rest of the body
  if (isEarly) headers.push("Connection", "close");
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  response.flushHeaders();
  answer.on("error", () => void response.destroy());
  answer.pipe(response, { end: false });
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    await once(answer, "end", { signal: gone.signal });
  } catch {
    answer.destroy();
    return;
  }
  if (answer.rawTrailers.length > 0) response.addTrailers(pairs(answer.rawTrailers));
  if (isEarly && body.isComing) await drainRequest(message);
  response.end();
}

/** In its turn: before the answers to earlier requests are out, node:http would put it between the head and the body of those. */
function writeContinue(response: ServerResponse): void {
  if (response.socket !== null) response.writeContinue();
  else {
    response.once("socket", () => {
      if (!response.headersSent) response.writeContinue();
    });
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""]);
}
