import { createTrustedProxies } from "@stave/sigv4-verify";
import { afterEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../src/gateway/gateway-options.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, type RawConnection, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { ann } from "./support/start-gateway.ts";

// Clients that take their time, or many of them, with times and numbers that a test can wait for.

let gateway: MemoryGateway;
let s3: S3Client;
const connections: RawConnection[] = [];
let refusals: string[] = [];
const drips: NodeJS.Timeout[] = [];
afterEach(async () => {
  for (const drip of drips.splice(0)) clearInterval(drip);
  for (const connection of connections.splice(0)) connection.destroy();
  await gateway.close();
});

async function start(options: Partial<GatewayOptions>, idleTimeoutMs = 60_000): Promise<void> {
  refusals = [];
  const onConnectionRefused = (limit: string) => void refusals.push(limit);
  gateway = await startMemoryGateway({ idleTimeoutMs, gateway: { onConnectionRefused, ...options } });
  s3 = createS3Client(gateway);
  await gateway.store.createBucket({ name: "slow", ownerId: ann.id });
}

async function open(): Promise<RawConnection> {
  const connection = await openRaw(gateway.port);
  connections.push(connection);
  return connection;
}

/** Sends a byte now and then, for as long as anybody listens. */
function drip(connection: RawConnection, text: string, everyMs = 20): void {
  let at = 0;
  drips.push(
    setInterval(() => {
      connection.write(text[at % text.length] ?? "");
      at += 1;
    }, everyMs),
  );
}

const untilAllAreGone = () => expect.poll(() => gateway.openConnections(), { timeout: 20_000 }).toBe(0);

describe("security S43: a head has its time", () => {
  test("that begins when the connection is opened", async () => {
    await start({ headersTimeoutMs: 200 });
    const silent = await open();

    const answer = await silent.answer();
    await silent.closed;

    expect([answer?.status, answer?.code]).toEqual([400, "RequestTimeout"]);
  });

  test.each([
    ["the first request", ""],
    ["a later one", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ])("and a byte now and then does not make it longer: %s", async (_title, before) => {
    await start({ headersTimeoutMs: 300 });
    const slow = await open();
    if (before !== "") {
      slow.write(before);
      expect((await slow.answer())?.status).toBe(403);
    }
    slow.write("GET /slow HTTP/1.1\r\n");
    drip(slow, "x-amz-meta-a: b\r\n");

    const answer = await slow.answer();

    expect([answer?.status, answer?.code]).toEqual([400, "RequestTimeout"]);
  });

  // Takes the 5 s that a client has to read why.
  test("and a client that keeps on sending after that is cut off all the same", { timeout: 15_000 }, async () => {
    await start({ headersTimeoutMs: 100 });
    const slow = await open();
    slow.write("GET /slow HTTP/1.1\r\n");
    drip(slow, "x-amz-meta-a: b\r\n");

    expect((await slow.answer())?.status).toBe(400);
    await untilAllAreGone();
  });
});

test("security S43: a connection that waits for its next request is closed after a while", async () => {
  await start({ keepAliveTimeoutMs: 100 });
  const idle = await open();
  idle.write(requestHead(await s3.sign({ path: "/slow" })));
  expect((await idle.answer())?.status).toBe(200);

  await idle.closed;

  expect(await gateway.openConnections()).toBe(0);
});

describe("security S43: an answer that nobody reads is given up", () => {
  test("of an object, even if a byte is read now and then", async () => {
    await start({}, 300);
    const body = Buffer.alloc(64 * 1024 * 1024);
    const input = { ownerId: ann.id, metadata: { headers: {}, user: {} } };
    await gateway.store.putObject({ bucket: "slow", key: "k" }, body, input);
    const slow = await open();
    const ended = gateway.nextRecord();
    slow.pause();
    slow.write(requestHead(await s3.sign({ path: "/slow/k" })));
    drips.push(setInterval(() => slow.read(1), 20));

    expect((await ended).durationMs).toBeLessThan(5000);
    await untilAllAreGone();
  });

  test("of a document, also when it is one of many that were asked for ahead", async () => {
    await start({}, 300);
    const input = { ownerId: ann.id, metadata: { headers: {}, user: {} } };
    for (let at = 0; at < 1000; at += 1) {
      await gateway.store.putObject({ bucket: "slow", key: `${at}`.padEnd(1000, "k") }, Buffer.from(""), input);
    }
    const slow = await open();
    slow.pause();
    const head = requestHead(await s3.sign({ path: "/slow" }));
    for (let at = 0; at < 30; at += 1) slow.write(head);

    await expect.poll(() => gateway.records.length, { timeout: 4000 }).toBeGreaterThan(0);
    await untilAllAreGone();
  });
});

// Takes their time, which must be longer than a busy machine needs to open them, and the 5 s to read why they are refused.
test("security S43: five hundred slow connections keep nobody from being served, and are gone after their time", {
  timeout: 60_000,
}, async () => {
  await start({ headersTimeoutMs: 8000 }, 8000);
  const upload = requestHead(await s3.sign({ method: "PUT", path: "/slow/stalled", body: Buffer.alloc(100_000) }));
  const openSlow = async (_: unknown, at: number) => {
    const connection = await open();
    if (at % 3 === 0) drip(connection, "GET /slow HTTP/1.1\r\nx-amz-meta-a: b\r\n", 100);
    if (at % 3 === 1) connection.write(upload);
  };
  await Promise.all(Array.from({ length: 500 }, openSlow));
  await expect.poll(() => gateway.openConnections(), { timeout: 6000 }).toBe(500);
  for (let at = 0; at < 20; at += 1) {
    expect((await s3.call({ method: "PUT", path: "/slow/k", body: "content" })).status).toBe(200);
    expect((await s3.call({ path: "/slow/k" })).text).toBe("content");
  }

  expect(await gateway.openConnections()).toBeGreaterThan(300); // they were all there meanwhile
  await untilAllAreGone();
  expect(await gateway.store.headObject({ bucket: "slow", key: "stalled" })).toBeUndefined();
});

describe("security S43: connections beyond the number allowed", () => {
  const ask = async (connection: RawConnection) => {
    connection.write(requestHead(await s3.sign({ path: "/slow" })));
    return connection.answer();
  };

  test("are told so, and others find room when some are closed", async () => {
    await start({ maxConnections: 3 });
    const admitted = [await open(), await open(), await open()];
    const refused = await open();

    const answer = await ask(refused);
    await refused.closed;

    expect([answer?.status, answer?.code, answer?.headers["retry-after"], answer?.headers.connection]).toEqual([
      503,
      "SlowDown",
      "1",
      "close",
    ]);
    expect(refusals).toEqual(["connections"]);
    for (const connection of admitted) expect((await ask(connection))?.status).toBe(200);
    admitted[0]?.destroy();
    await expect.poll(() => gateway.openConnections(), { timeout: 4000 }).toBe(2);
    expect((await s3.call({ path: "/slow" })).status).toBe(200);
  });

  test("are not asked for their body", async () => {
    await start({ maxConnections: 1 });
    await open();
    const refused = await open();
    const unsignedHeaders = { expect: "100-continue", "content-length": "100000" };
    refused.write(requestHead(await s3.sign({ method: "PUT", path: "/slow/k", unsignedHeaders })));

    expect((await refused.answer())?.code).toBe("SlowDown");
  });

  test("are closed without a word when they are very many, and cost no more than that", async () => {
    await start({ maxConnections: 10 });
    const many = await Promise.all(Array.from({ length: 400 }, open));

    await expect.poll(() => refusals.length, { timeout: 4000 }).toBe(390);
    expect(await gateway.openConnections()).toBeLessThanOrEqual(110);
    for (const connection of many) connection.destroy();
    await untilAllAreGone();
    expect((await s3.call({ path: "/slow" })).status).toBe(200);
  });

  // Takes the 5 s that they have to ask.
  test("are closed after some seconds, even if they ask for nothing", { timeout: 15_000 }, async () => {
    await start({ maxConnections: 1 });
    const admitted = await open();
    const refused = await open();

    await refused.closed;

    expect((await ask(admitted))?.status).toBe(200);
  });

  test("of one address are counted by address, and not for a trusted proxy", async () => {
    await start({ maxConnectionsPerAddress: 2 });
    const [one] = [await open(), await open()];
    expect((await ask(await open()))?.code).toBe("SlowDown");
    expect(refusals).toEqual(["connections-per-address"]);
    one?.destroy();
    await expect.poll(() => gateway.openConnections(), { timeout: 4000 }).toBe(1);
    expect((await s3.call({ path: "/slow" })).status).toBe(200);
    await gateway.close();

    await start({ maxConnectionsPerAddress: 2, trustedProxies: createTrustedProxies(["127.0.0.1"]) });
    for (let at = 0; at < 4; at += 1) expect((await ask(await open()))?.status).toBe(200);
  });
});
