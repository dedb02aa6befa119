import { createTrustedProxies, signPostPolicy } from "@stave/sigv4-verify";
import { afterEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../src/gateway/gateway-options.ts";
import { createRateLimits, type RateLimit } from "../src/limits/rate-limits.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

const mib = 1024 * 1024;

let gateway: MemoryGateway;
let s3: S3Client;
let nowMs = 0;
let refusals: string[] = [];
afterEach(() => gateway.close());

type Limits = { readonly perKey?: RateLimit; readonly perAddress?: RateLimit };

/** A gateway whose limits begin with the first request of the test: what they count is of this test alone. */
async function start(limits: Limits, more: Partial<GatewayOptions> & { readonly clock?: () => number } = {}) {
  const { clock = () => nowMs, ...options } = more;
  refusals = [];
  nowMs = 0;
  const rateLimits = createRateLimits({
    perKey: {},
    perAddress: {},
    ...limits,
    nowMs: clock,
    isShared: false,
    onRefused: (limit) => refusals.push(limit),
  });
  gateway = await startMemoryGateway({ gateway: { rateLimits, ...options } });
  s3 = createS3Client(gateway);
  await gateway.store.createBucket({ name: "limited", ownerId: ann.id });
}

async function statuses(count: number, request: S3Request): Promise<number[]> {
  const answers: number[] = [];
  for (let index = 0; index < count; index += 1) answers.push((await s3.call(request)).status);
  return answers;
}

function expectSlowDown(answer: S3Answer | undefined, retryAfter: string): void {
  expect([answer?.status, answer?.code, answer?.headers["retry-after"]]).toEqual([503, "SlowDown", retryAfter]);
}

describe("security S43: requests of an address", () => {
  const limits = { perAddress: { requestsPerSecond: 1 } };

  test("are refused beyond the burst, and let in again at the rate", async () => {
    await start(limits);

    expect(await statuses(5, { path: "/limited" })).toEqual([200, 200, 200, 200, 200]);
    expectSlowDown(await s3.call({ path: "/limited" }), "1");
    nowMs += 2000;
    expect(await statuses(3, { path: "/limited" })).toEqual([200, 200, 503]);
    expect(refusals).toEqual(["requests-per-address", "requests-per-address"]);
  });

  test("count before anybody is authenticated: a flood of bad signatures is cheap", async () => {
    await start(limits);
    const forged = { ...ann, secretAccessKey: "x".repeat(40) };

    expect(await statuses(7, { path: "/limited", account: forged })).toEqual([403, 403, 403, 403, 403, 503, 503]);
    expect(gateway.records.at(-1)).toMatchObject({ operation: "Unknown", accessKeyId: undefined });
  });

  test.each([
    ["OPTIONS", { method: "OPTIONS", path: "/limited", account: null, headers: { origin: "https://a.test" } }],
    ["a website", { path: "/", account: null, host: "limited.s3-website.localhost" }],
    ["a HEAD", { method: "HEAD", path: "/limited" }],
    ["an address that cannot be read", { path: "/%ff", account: null }],
  ])("count whatever they ask for: %s", async (_title, request) => {
    await start(limits);
    await statuses(5, request);

    const answer = await s3.call(request);

    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
  });

  test("that are refused are nothing that an operator has to look at", async () => {
    await start(limits);
    await statuses(6, { path: "/limited" });

    expect(gateway.records.at(-1)).toMatchObject({ status: 503, errorCode: "SlowDown", failure: undefined });
  });

  test("are not asked for a body that is refused", async () => {
    await start(limits);
    await statuses(5, { path: "/limited" });
    const connection = await openRaw(gateway.port);
    const headers = { expect: "100-continue", "content-length": String(mib) };
    connection.write(requestHead(await s3.sign({ method: "PUT", path: "/limited/k", unsignedHeaders: headers })));

    const answer = await connection.answer();
    await connection.closed;

    expectSlowDown(answer, "1");
    expect(answer?.headers.connection).toBe("close");
  });

  test("are told so even while their body is arriving, and nothing is kept of it", async () => {
    await start(limits);
    await statuses(5, { path: "/limited" });

    expectSlowDown(await s3.call({ method: "PUT", path: "/limited/k", body: Buffer.alloc(2 * mib) }), "1");
    expect(await gateway.store.headObject({ bucket: "limited", key: "k" })).toBeUndefined();
  });

  test("security S15: are those of the connection, whatever X-Forwarded-For says", async () => {
    await start(limits);
    const from = (address: string) => s3.call({ path: "/limited", unsignedHeaders: { "x-forwarded-for": address } });
    for (let index = 0; index < 5; index += 1) await from(`192.0.2.${index}`);

    expectSlowDown(await from("192.0.2.77"), "1");
  });

  test("security S15: are those of the clients behind a trusted proxy", async () => {
    await start(limits, { trustedProxies: createTrustedProxies(["127.0.0.1"]) });
    const from = (addresses: string) =>
      s3.call({ path: "/limited", unsignedHeaders: { "x-forwarded-for": addresses } });
    for (let index = 0; index < 5; index += 1) await from(`198.51.100.${index}, 192.0.2.1`);

    expectSlowDown(await from("198.51.100.77, 192.0.2.1"), "1");
    expect((await from("192.0.2.1, 192.0.2.2")).status).toBe(200);
  });
});

describe("security S43: requests with a key", () => {
  const limits = { perKey: { requestsPerSecond: 1 } };

  test("are refused beyond the burst, before their body is read; those with another are not", async () => {
    await start(limits);

    expect(await statuses(6, { path: "/limited" })).toEqual([200, 200, 200, 200, 200, 503]);
    expect(await statuses(1, { path: "/", account: bob })).toEqual([200]);
    expect(await statuses(1, { path: "/limited", account: null })).toEqual([403]);
    const connection = await openRaw(gateway.port);
    const headers = { expect: "100-continue", "content-length": "1" };
    connection.write(requestHead(await s3.sign({ method: "PUT", path: "/limited/k", unsignedHeaders: headers })));
    expectSlowDown(await connection.answer(), "1");
    expect(refusals).toEqual(["requests-per-key", "requests-per-key"]);
    connection.destroy();
  });

  test("do not count when somebody else has made them up", async () => {
    await start(limits);
    const forged = { ...ann, secretAccessKey: "x".repeat(40) };

    expect(new Set(await statuses(20, { path: "/limited", account: forged }))).toEqual(new Set([403]));
    expect(await statuses(1, { path: "/limited" })).toEqual([200]);
  });

  test("count when a form brings them", async () => {
    await start(limits);
    await statuses(5, { path: "/limited" });
    const expiresAt = new Date(Date.now() + 60_000);
    const fields = await signPostPolicy(
      { bucket: "limited", fields: { key: "k" }, expiresAt },
      { ...ann, region: "us-east-1" },
    );
    const parts = Object.entries(fields).map(
      ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n';
    const headers = { "content-type": "multipart/form-data; boundary=b" };

    const body = parts.join("") + file;
    expectSlowDown(await s3.call({ method: "POST", path: "/limited", account: null, headers, body }), "1");
    expect(await gateway.store.headObject({ bucket: "limited", key: "k" })).toBeUndefined();
  });
});

describe.each(["perKey", "perAddress"] as const)("bytes, %s", (per) => {
  const clock = () => performance.now();
  const bytesPerSecond = mib / 4;
  const burst = 5 * bytesPerSecond;

  test("of an upload beyond the burst arrive at the rate, and are not cut off for being slow", async () => {
    await start({ [per]: { bytesPerSecond } }, { clock, idleTimeoutMs: 300 });
    const startMs = performance.now();

    const answer = await s3.call({ method: "PUT", path: "/limited/k", body: Buffer.alloc(burst + 3 * bytesPerSecond) });

    expect(answer.status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThan(1500);
    expect(performance.now() - startMs).toBeLessThan(4500);
  });

  test("of a download beyond the burst leave at the rate, and are not cut off for being slow", async () => {
    await start({ [per]: { bytesPerSecond } }, { clock, idleTimeoutMs: 300 });
    const body = Buffer.alloc(burst + 3 * bytesPerSecond, "abc");
    await gateway.store.putObject({ bucket: "limited", key: "k" }, body, newObject);
    const startMs = performance.now();

    const answer = await s3.call({ path: "/limited/k" });

    expect(answer.body.equals(body)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(1500);
    expect(performance.now() - startMs).toBeLessThan(4500);
  });

  test("of many small requests count too: while the debt is large, nothing new begins", async () => {
    await start({ [per]: { bytesPerSecond } });
    const request = { method: "PUT", path: "/limited/k", body: Buffer.alloc(bytesPerSecond) };

    // Nothing is paid while the clock stands.
    const answers = await statuses(13, request);

    expect(answers.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 200));
    expect(answers.slice(-2)).toEqual([503, 503]);
    expect(new Set(refusals)).toEqual(new Set([`bytes-${per === "perKey" ? "per-key" : "per-address"}`]));
    nowMs += 10_000;
    expect((await s3.call(request)).status).toBe(200);
  });
});

const newObject = { ownerId: ann.id, metadata: { headers: {}, user: {} } };
