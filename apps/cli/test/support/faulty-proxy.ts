import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request on its way: it goes through, stays for ever, is cut off before or in the middle of its answer, or of its answer a byte is changed. */
export type Fate = "pass" | "hold" | "cut" | "cut-answer" | "damage" | { readonly status: number };

export type FaultyProxy = {
  readonly url: string;
  /** Method and target of what was answered by the server. */
  readonly passed: readonly string[];
  fateOf: (request: IncomingMessage) => Fate;
  /** Until so many that match went through. */
  passes(pattern: RegExp, count: number): Promise<void>;
  close(): Promise<void>;
};

/** A proxy in front of the gateway that fails as networks do. */
export async function startFaultyProxy(upstreamPort: number): Promise<FaultyProxy> {
  const passed: string[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((message, response) => {
    const fate = proxy.fateOf(message);
    if (fate === "hold") return;
    if (fate === "cut") return void message.socket.destroy();
    if (typeof fate === "object") return void response.writeHead(fate.status).end();
    const { method = "", url = "", headers } = message;
    const upstream = httpRequest({ host: "127.0.0.1", port: upstreamPort, method, path: url, headers, agent: false });
    upstream.on("error", () => response.destroy());
    upstream.on("response", (answer) => {
      passed.push(`${method} ${url}`);
      for (const check of waiting) check();
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      let isFirst = true;
      answer.on("data", (chunk: Buffer) => {
        if (fate === "damage" && isFirst) chunk[0] = (chunk[0] ?? 0) ^ 1;
        isFirst = false;
        if (fate === "cut-answer") {
          response.write(chunk.subarray(0, chunk.length / 2), () => message.socket.destroy());
          answer.destroy();
        } else response.write(chunk);
      });
      answer.on("end", () => response.end());
    });
    message.pipe(upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    fateOf: () => "pass",
    passes: (pattern, count) =>
      new Promise((resolve) => {
        const check = () => {
          if (passed.filter((line) => pattern.test(line)).length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
  return proxy;
}
