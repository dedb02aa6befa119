import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { openRaw } from "../../gateway/test/support/raw-connection.ts";
import { createApiServer } from "../src/http/create-api-server.ts";
import { createPassThrough, type PassThroughOptions } from "../src/pass-through/create-pass-through.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

/** A gateway of which a test says and sees each byte. */
async function startUpstream() {
  const server = createServer();
  const sockets: Socket[] = [];
  let received = "";
  let wake = () => {};
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      wake();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(received)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return received;
    },
    say: (text: string) => void sockets.at(-1)?.write(Buffer.from(text, "latin1")),
  };
}

async function serve(gatewayUrl: string, options: Partial<PassThroughOptions> = {}) {
  const logger = pino({ level: "silent" });
  const passThrough = createPassThrough({ gatewayUrl, isTrusted: () => false, logger, ...options });
  const app = (_message: unknown, response: { end(text: string): void }) => response.end("app");
  const server: Server = createApiServer({ app, passThrough });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    passThrough.close();
    server.closeAllConnections();
    server.close();
  });
  const client = await openRaw((server.address() as AddressInfo).port);
  ends.push(() => client.destroy());
  return client;
}

test("a request and its answer stay byte for byte what they are", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  const target = "/storage/v1/s3/b/a%2Fb+c%20d//..%2f%7e/?X-Amz-Signature=a%2b&=&b";
  client.write(Buffer.from(`GET ${target} HTTP/1.1\r\nhOST: Photos:1\r\nX-a: 1\r\nx-A:  \xe92 \r\n\r\n`, "latin1"));

  expect(await upstream.until(/\r\n\r\n/)).toBe(
    `GET ${target} HTTP/1.1\r\nhOST: Photos:1\r\nX-a: 1\r\nx-A: \xe92\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n`,
  );
  upstream.say(
    'HTTP/1.1 206 Part of it\r\nETag: "a"\r\nDate: then\r\nx-b: 1\r\nX-B: \xe9\r\nContent-Length: 3\r\n\r\nabc',
  );
  expect(await client.answer()).toMatchObject({ status: 206, text: "abc", headers: { etag: '"a"', date: "then" } });
});

test.each([
  ["/storage/v1/s3", true],
  ["/storage/v1/s3?list-type=2", true],
  ["/storage/v1/s3/b/k", true],
  ["HTTP://photos/storage/v1/s3/b", true],
  ["/storage/v1/s3x", false],
  ["/STORAGE/v1/s3/b", false],
  ["/storage/v1/%733/b", false],
  ["/api/../storage/v1/s3", false],
  ["/api?x=/storage/v1/s3", false],
  ["*", false],
])("of S3 is %s: %s", (target, isOfS3) => {
  const passThrough = createPassThrough({
    gatewayUrl: "http://127.0.0.1:1",
    isTrusted: () => false,
    logger: pino({ level: "silent" }),
  });
  expect(passThrough.isFor(target)).toBe(isOfS3);
  passThrough.close();
});

test("a body without a length arrives chunked, with its trailers; a POST without a body has none", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("PUT /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n");
  client.write("3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
  expect(await upstream.until(/0\r\n.*\r\n\r\n$/)).toMatch(
    /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n3\r\nabc\r\n0\r\nx-sum: 7/,
  );
  upstream.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect((await client.answer())?.status).toBe(200);

  client.write("POST /storage/v1/s3/b/k?uploads HTTP/1.1\r\nHost: a\r\n\r\n");
  const head = (await upstream.until(/POST[\s\S]*\r\n\r\n$/)).replace(/^[\s\S]*POST/, "");
  expect(head).not.toMatch(/content-length|transfer-encoding/i);
  upstream.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect((await client.answer())?.status).toBe(200);
  expect(upstream.sockets).toHaveLength(1);
});

test("a client that waits for 100 Continue gets it from the gateway, and not before", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("PUT /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  await upstream.until(/Expect: 100-continue[\s\S]*\r\n\r\n$/);
  expect(client.received()).toHaveLength(0);

  upstream.say("HTTP/1.1 100 Continue\r\n\r\n");
  expect((await client.answer())?.status).toBe(100);
  client.write("abc");
  await upstream.until(/abc$/);
  upstream.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect((await client.answer())?.status).toBe(200);
});

test("an answer before the body came ends the connection", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("PUT /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  await upstream.until(/\r\n\r\n$/);
  upstream.say("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  expect(await client.answer()).toMatchObject({ status: 403, text: "no", headers: { connection: "close" } });
  await client.closed;
});

test("an answer that is cut off is cut off", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("GET /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\n\r\n");
  await upstream.until(/\r\n\r\n$/);
  upstream.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  upstream.sockets[0]?.end();
  expect(await client.answer()).toBeUndefined();
  await client.closed;
});

test("a client that goes takes its request along", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("PUT /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  await upstream.until(/abc$/);
  const [socket] = upstream.sockets;
  const closed = new Promise((resolve) => socket?.once("close", resolve)); // after a reset, too
  client.destroy();
  await closed;
});

test("a gateway that is away, silent, or ends without an answer is 503 in the words of S3", async () => {
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const { port } = unused.address() as AddressInfo;
  unused.close();
  const away = await serve(`http://127.0.0.1:${port}`);
  away.write("PUT /storage/v1/s3/b/%3Ca%3E&b?secret=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  const answer = await away.answer();
  expect(answer).toMatchObject({ status: 503, code: "ServiceUnavailable" });
  expect(answer?.one("Resource")).toBe("/storage/v1/s3/b/%3Ca%3E&b");
  expect(answer?.headers["x-amz-request-id"]).toBe(answer?.one("RequestId"));

  const upstream = await startUpstream();
  const silent = await serve(upstream.url, { idleTimeoutMs: 50 });
  silent.write("GET /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\n\r\n");
  expect((await silent.answer())?.code).toBe("ServiceUnavailable");

  const ending = await serve(upstream.url);
  ending.write("GET /storage/v1/s3/b/k HTTP/1.1\r\nHost: ending\r\n\r\n");
  await upstream.until(/Host: ending[\s\S]*\r\n\r\n$/);
  upstream.sockets.at(-1)?.destroy();
  expect((await ending.answer())?.code).toBe("ServiceUnavailable");
});

test("a client that does not read is cut off", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url, { answerTimeoutMs: 100 });
  client.pause();
  client.write("GET /storage/v1/s3/b/k HTTP/1.1\r\nHost: a\r\n\r\n");
  await upstream.until(/\r\n\r\n$/);
  const [socket] = upstream.sockets;
  const closed = new Promise((resolve) => socket?.once("close", resolve)); // after a reset, too
  upstream.say(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`);
  socket?.write(Buffer.alloc(32 * 1024 * 1024));
  await closed;
});

test("everything else is for the API, expectations included", async () => {
  const upstream = await startUpstream();
  const client = await serve(upstream.url);
  client.write("GET /api/status HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
  expect((await client.answer())?.status).toBe(100);
  client.write("GET /api/status HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n");
  await client.closed;
  expect(client.received().toString()).toContain("417");
  expect(upstream.sockets).toHaveLength(0);
});
