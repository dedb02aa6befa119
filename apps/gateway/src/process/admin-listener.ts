import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hasAdminToken, tokenWanted } from "./admin-token.ts";
import { answerPlan, type PlanRouteOptions, planPath } from "./plan-route.ts";
import type { Refusals } from "./why-messages.ts";
import { answerWhy, requestsPath } from "./why-route.ts";

export interface AdminListenerOptions {
  /** Undefined: the default port, or any free one where that is taken. */
  readonly port: number | undefined;
  readonly isReady: () => boolean;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  readonly plan: PlanRouteOptions;
  readonly refusals: Refusals;
  /** Opens the paths that show what is stored and who was refused. */
  readonly token: string;
}

const defaultPort = 7481;

/**
 * Health, metrics, what lifecycle rules would do and why requests were refused, on loopback only and apart from the S3 port: there,
 * `/metrics` is a bucket.
 */
export async function startAdminListener(
  options: AdminListenerOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, text: string) => {
      response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
    };
    try {
      const path = request.url?.split("?")[0] ?? "";
      const isWhy = path === requestsPath || path.startsWith(`${requestsPath}/`);
      if ((isWhy || path === planPath) && !hasAdminToken(request, options.token)) {
        response.setHeader("connection", "close");
        answer(401, `${tokenWanted}\n`);
      } else if (path === planPath) await answerPlan(request, response, options.plan);
      else if (isWhy) await answerWhy(request, response, options.refusals);
      else if (request.method !== "GET" && request.method !== "HEAD") answer(405, "Use GET.\n");
      else if (request.url === "/livez") answer(200, "ok\n");
      else if (request.url === "/readyz")
        answer(options.isReady() ? 200 : 503, options.isReady() ? "ok\n" : "not ready\n");
      else if (request.url === "/metrics") answer(200, await options.metrics());
      else answer(404, "Paths: /livez, /readyz, /metrics, /lifecycle/plan, /admin/requests.\n");
    } catch {
      answer(500, "This could not be answered. Try again.\n");
    }
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
