import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export type Head = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** What one proxy does to what goes through it; nothing by default. */
export type Meddling = {
  readonly request?: (head: Head) => Head;
  /** By lower-case name. */
  readonly response?: (headers: Record<string, string>, head: Head) => Record<string, string>;
  /** Answered instead of being passed on. */
  readonly answers?: (head: Head) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  /** Of bodies; more is 413. */
  readonly maxBodyBytes?: number;
  /** `Expect: 100-continue` waits for ever, or is answered before the server has seen it. */
  readonly expect?: "held" | "answered";
  /** Compresses answers that are text. */
  readonly compresses?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
};

export type MeddlingProxy = { readonly port: number; close(): Promise<void> };

/** A real proxy that breaks one thing. */
export async function startMeddlingProxy(upstreamPort: number, meddling: Meddling): Promise<MeddlingProxy> {
  const serve = (message: IncomingMessage, response: ServerResponse) =>
    pass(message, response, { upstreamPort, meddling });
  const server: Server = meddling.tls === undefined ? createServer(serve) : createTlsServer(meddling.tls, serve);
  server.on("checkContinue", (message: IncomingMessage, response: ServerResponse) => {
    if (meddling.expect === "held") return;
    if (meddling.expect === "answered") response.writeContinue();
    serve(message, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Passing = { readonly upstreamPort: number; readonly meddling: Meddling };

function pass(message: IncomingMessage, response: ServerResponse, { upstreamPort, meddling }: Passing): void {
  const received: Head = {
    method: message.method ?? "",
    target: message.url ?? "",
    headers: named(message.rawHeaders),
  };
  const instead = meddling.answers?.(received);
  if (instead !== undefined) {
    message.resume();
    response.writeHead(instead.status, instead.headers).end();
    return;
  }
  if (Number(received.headers["content-length"] ?? 0) > (meddling.maxBodyBytes ?? Number.POSITIVE_INFINITY)) {
    // Reads on, as proxies do for a while, so that the answer is not lost with the connection.
    message.resume();
    response.writeHead(413, { "content-type": "text/html" }).end("<h1>Too large</h1>");
    return;
  }
  const sent = meddling.request?.(received) ?? received;
  const { expect: _, ...withoutExpect } = sent.headers;
  const headers = meddling.expect === "answered" ? withoutExpect : sent.headers;
  const { method, target } = sent;
  const passed = httpRequest({ host: "127.0.0.1", port: upstreamPort, method, path: target, headers, agent: false });
  passed.on("continue", () => response.writeContinue());
  passed.on("response", (answer) => answerWith(answer, response, { received, meddling }));
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  message.pipe(passed);
  if (headers.expect !== undefined) passed.flushHeaders();
}

function answerWith(
  answer: IncomingMessage,
  response: ServerResponse,
  { received, meddling }: { readonly received: Head; readonly meddling: Meddling },
): void {
  const headers = named(answer.rawHeaders);
  const changed = meddling.response?.(headers, received) ?? headers;
  const isText = headers["content-type"]?.startsWith("text/plain") === true;
  if (meddling.compresses !== true || !isText || received.headers["accept-encoding"]?.includes("gzip") !== true) {
    response.writeHead(answer.statusCode ?? 502, changed);
    answer.pipe(response);
    return;
  }
  const { "content-length": _, ...rest } = changed;
  response.writeHead(answer.statusCode ?? 502, { ...rest, "content-encoding": "gzip" });
  const chunks: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  answer.on("end", () => response.end(received.method === "HEAD" ? undefined : gzipSync(Buffer.concat(chunks))));
}

function named(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) headers[(raw[at] ?? "").toLowerCase()] = raw[at + 1] ?? "";
  return headers;
}
