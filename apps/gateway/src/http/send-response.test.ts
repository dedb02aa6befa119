import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import type { S3Response } from "./s3-response.ts";
import { sendResponse } from "./send-response.ts";

const opened: { close?(): void; closeAllConnections?(): void; destroy?(): void }[] = [];
afterEach(() => {
  for (const thing of opened.splice(0)) {
    thing.destroy?.();
    thing.close?.();
    thing.closeAllConnections?.();
  }
});

/** A connection to a server that sends these answers, one for each request. */
async function serve(answers: readonly S3Response[], idleTimeoutMs: number) {
  const sent: ServerResponse[] = [];
  const server = createServer((_message, response) => {
    const answer = answers[sent.push(response) - 1];
    if (answer !== undefined) void sendResponse(response, answer, [], { idleTimeoutMs });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  opened.push(server, client);
  return { client, sent, connections: promisify(server.getConnections.bind(server)) };
}

function ask(client: Socket, count: number): void {
  client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(count));
}

/** A tenth of a second apart. */
async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    yield Buffer.from("chunk");
  }
}

test("a document that nobody takes is given up after the idle time", async () => {
  const { client, sent } = await serve([{ status: 200, xml: "x".repeat(32 * 1024 * 1024) }], 200);
  client.pause();
  ask(client, 1);

  await expect.poll(() => sent[0]?.destroyed, { timeout: 5000 }).toBe(true);
  expect(sent[0]?.writableFinished).toBe(false);
});

test("a document waits for the answers before it on its connection, and has its time after them", async () => {
  const content = { sizeBytes: 40, chunks: () => chunks(8), close: async () => {} };
  const { client, connections } = await serve(
    [
      { status: 200, content },
      { status: 200, xml: "x".repeat(32 * 1024 * 1024) },
    ],
    200,
  );
  ask(client, 2);

  const received: string[] = [];
  client.on("data", (bytes: Buffer) => {
    received.push(bytes.toString());
    if (received.at(-1)?.includes("xxx")) client.pause();
  });

  await expect.poll(() => received.join(""), { timeout: 3000 }).toContain("xxx");
  expect(received.join("").split("chunk")).toHaveLength(9);
  await expect.poll(() => connections(), { timeout: 3000 }).toBe(0);
});
