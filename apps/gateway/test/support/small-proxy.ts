import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

/** The head of a request on its way through a proxy; names are in lower case. */
export type PassedHead = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type SmallProxy = { readonly port: number; close(): Promise<void> };

/** A proxy that passes everything on as it came, but for what `change` makes of the head. */
export async function startSmallProxy(
  upstreamPort: number,
  change: (head: PassedHead) => PassedHead,
): Promise<SmallProxy> {
  const server = createServer((message, response) => {
    const sent: Record<string, string> = {};
    for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
      sent[(message.rawHeaders[at] ?? "").toLowerCase()] = message.rawHeaders[at + 1] ?? "";
    }
    const { method, target, headers } = change({
      method: message.method ?? "",
      target: message.url ?? "",
      headers: sent,
    });
    const passed = httpRequest({ host: "127.0.0.1", port: upstreamPort, method, path: target, headers, agent: false });
    passed.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    message.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}
