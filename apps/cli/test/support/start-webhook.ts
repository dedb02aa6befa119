import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Webhook = {
  readonly url: string;
  /** What was posted, in its order. */
  readonly bodies: readonly string[];
  /** From now on. */
  answer(status: number): void;
  stop(): Promise<void>;
};

/** A server that takes notices. */
export async function startWebhook(): Promise<Webhook> {
  const bodies: string[] = [];
  let status = 204;
  const server = createServer(async (message, response) => {
    bodies.push(await text(message));
    response.writeHead(status).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    bodies,
    answer: (wanted) => {
      status = wanted;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
