import { afterEach, expect, test } from "vitest";
import { burstSeconds } from "../src/limits/limit-table.ts";
import { openRaw, type RawConnection, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { startGateway, type TestGateway } from "./support/start-gateway.ts";

// Limits are of the whole server, whichever process a connection comes to.

let gateway: TestGateway;
const connections: RawConnection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  await gateway.stop();
});

async function open(): Promise<RawConnection> {
  const connection = await openRaw(gateway.port);
  connections.push(connection);
  return connection;
}

/** Two connections, each to another worker. */
async function openBoth(ask: (connection: RawConnection) => Promise<string | undefined>) {
  const one = await open();
  const worker = await ask(one);
  for (;;) {
    const other = await open();
    if ((await ask(other)) !== worker) return [one, other] as const;
    other.destroy();
  }
}

// Takes 7 s: the bursts that both let in before they hear of each other are worth 5 s, and are paid back before more is let in.
test("two workers keep one limit of requests together", async () => {
  const rate = 50;
  gateway = await startGateway({ workers: 2, args: ["--max-requests-per-second-per-key", String(rate)] });
  const head = requestHead(await createS3Client(gateway).sign({ path: "/" }));
  const startMs = performance.now();
  let admitted = 0;
  const ask = async (connection: RawConnection) => {
    connection.write(head);
    const answer = await connection.answer();
    if (answer?.status === 200) admitted += 1;
    return answer?.headers["x-amz-id-2"];
  };
  const both = await openBoth(ask);

  const flood = async (connection: RawConnection) => {
    while (performance.now() < startMs + 7000) await ask(connection);
  };
  await Promise.all(both.map(flood));

  const allowed = rate * (burstSeconds + (performance.now() - startMs) / 1000);
  expect(admitted).toBeLessThan(allowed * 1.1);
  expect(admitted).toBeGreaterThan(allowed * 0.85);
  expect(Number(await readMetric(gateway, 'stave_limited_total{limit="requests-per-key"}'))).toBeGreaterThan(0);
  expect(await readMetric(gateway, "stave_open_connections")).toBe("2");
}, 60_000);

test("connections beyond the cap are refused by every worker, politely or at once, and others are served when they are gone", async () => {
  gateway = await startGateway({ workers: 2, args: ["--max-connections", "20"] });
  const client = createS3Client(gateway);
  // More than 20: they do not come to the processes in exact turns.
  const idle = await Promise.all(Array.from({ length: 60 }, open));

  const refused = await client.call({ path: "/" });
  // Far beyond it, nobody is told: this must not keep the processes busy with handing connections to one another.
  const many = await Promise.all(Array.from({ length: 400 }, open));
  const dropped = await Promise.race([
    Promise.any(many.map(({ closed }) => closed)).then(() => true),
    new Promise((resolve) => setTimeout(resolve, 10_000, false)),
  ]);
  for (const connection of [...idle, ...many]) connection.destroy();
  const served = await untilServed(client);

  expect([refused.status, refused.code, refused.headers.connection]).toEqual([503, "SlowDown", "close"]);
  expect(dropped).toBe(true);
  expect(served).toBe(200);
}, 60_000);

/** Of all processes. */
async function readMetric(gateway: TestGateway, name: string): Promise<string | undefined> {
  const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
  const lines = (await (await fetch(`${admin}/metrics`)).text()).split("\n");
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

/** Connections that are closed are noticed a little later. */
async function untilServed(client: S3Client): Promise<number> {
  for (;;) {
    const status = await client.call({ path: "/" }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
