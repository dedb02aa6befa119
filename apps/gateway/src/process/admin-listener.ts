import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { AdminCall, OpenAdminCall } from "./admin-call.ts";

/** A part of the admin port for who can read admin.json alone. */
export type AdminRoute = {
  /** Whether it answers at this path; its query is not in it. */
  readonly isAt: (path: string) => boolean;
  /** May throw what has a code of S3 until it begins to answer. */
  readonly answer: (call: AdminCall, response: ServerResponse) => Promise<void>;
};

export interface AdminListenerOptions {
  /** Undefined: the default port, or any free one where that is taken. */
  readonly port: number | undefined;
  readonly isReady: () => boolean;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  /** Every call of `routes` goes through it. */
  readonly openCall: OpenAdminCall;
  readonly routes: readonly AdminRoute[];
}

const defaultPort = 7481;

/** Health, metrics and what `routes` show, on loopback only and apart from the S3 port: there, `/metrics` is a bucket. */
export async function startAdminListener(
  options: AdminListenerOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const route = options.routes.find(({ isAt }) => isAt(path));
    if (route === undefined) await answerOpenly(request, response, options);
    else await answerSigned(request, response, { openCall: options.openCall, route });
  });
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}

async function answerOpenly(
  request: IncomingMessage,
  response: ServerResponse,
  { isReady, metrics }: AdminListenerOptions,
): Promise<void> {
  const answer = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
  };
  try {
    if (request.method !== "GET" && request.method !== "HEAD") answer(405, "Use GET.\n");
    else if (request.url === "/livez") answer(200, "ok\n");
    else if (request.url === "/readyz") answer(isReady() ? 200 : 503, isReady() ? "ok\n" : "not ready\n");
    else if (request.url === "/metrics") answer(200, await metrics());
    else
      answer(
        404,
        "Paths: /livez, /readyz, /metrics, /lifecycle/plan, /admin/requests, /admin/usage, /admin/usage/keys, /admin/buckets/NAME/quota.\n",
      );
  } catch {
    answer(500, "The metrics could not be collected.\n");
  }
}

type SignedOptions = { readonly openCall: OpenAdminCall; readonly route: AdminRoute };

async function answerSigned(
  request: IncomingMessage,
  response: ServerResponse,
  { openCall, route }: SignedOptions,
): Promise<void> {
  try {
    await route.answer(await openCall(request), response);
  } catch (error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, code, message } = toS3Error(error);
    // What is left of a body is not read.
    const headers = { "content-type": "text/plain; charset=utf-8", connection: "close" };
    response.writeHead(status, headers).end(`${code}: ${message}\n`);
  }
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  try {
    server.listen(port ?? defaultPort, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if (port !== undefined || !isAddressInUse(error)) throw error;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return (server.address() as AddressInfo).port;
}

export function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
