import { createMemoryStore, type Message, type ObjectStore } from "@stave/object-store";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEventMetrics } from "../process/event-metrics.ts";
import { createLogger } from "../process/logger.ts";
import { type MessagePump, startMessagePump } from "./message-pump.ts";
import { delayAfter, type MessageHandler, maxAttempts } from "./queue-runner.ts";

describe("the message pump", () => {
  let store: ObjectStore;
  let pump: MessagePump | undefined;
  let nowMs = 0;

  beforeEach(async () => {
    store = createMemoryStore();
    await store.createBucket({ name: "b", ownerId: "owner" });
    nowMs = Date.parse("2030-01-01T00:00:00Z");
  });

  afterEach(() => pump?.stop());

  async function send(queue: string, ...texts: readonly (readonly [group: string, text: string])[]): Promise<void> {
    for (const [group, text] of texts) {
      await store.putObject({ bucket: "b", key: "k" }, Buffer.from(""), {
        ownerId: "owner",
        metadata: { headers: {}, user: {} },
        onChange: () => [{ queue, group, text }],
      });
    }
  }

  function start(handlers: Readonly<Record<string, MessageHandler["handle"] | MessageHandler>>): void {
    pump = startMessagePump({
      store,
      handlerOf(queue) {
        const handler = handlers[queue];
        return typeof handler === "function" ? { handle: handler } : handler;
      },
      metrics: createEventMetrics(new Registry()),
      logger: createLogger("silent"),
      now: () => new Date(nowMs),
      pollMs: 5,
    });
  }

  const waiting = async (queue: string): Promise<number | undefined> =>
    (await store.listQueues()).find(({ name }) => name === queue)?.waiting;
  const never = (signal: AbortSignal): Promise<void> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  test("handles a group in its order, and each message once", async () => {
    const texts = Array.from({ length: 300 }, (_, at) => [`g${at % 7}`, String(at)] as const);
    await send("q", ...texts);
    const seen: Message[] = [];
    start({
      q: async (message) => {
        seen.push(message);
        await new Promise((resolve) => setImmediate(resolve));
      },
    });

    await expect.poll(() => waiting("q")).toBe(0);
    expect(seen.map(({ text }) => Number(text)).toSorted((a, b) => a - b)).toEqual(
      texts.map(([, text]) => Number(text)),
    );
    for (const wanted of new Set(texts.map(([group]) => group))) {
      const order = seen.filter(({ group }) => group === wanted).map(({ text }) => Number(text));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test("a receiver that never answers holds up neither other queues nor, for long, other groups", async () => {
    await send("slow", ["a", "1"], ["a", "2"], ["b", "3"]);
    await send("quick", ["a", "1"]);
    const seen: string[] = [];
    start({
      slow: ({ group, text }, signal) => {
        seen.push(`slow ${text}`);
        return group === "a" ? never(signal) : Promise.resolve();
      },
      quick: async ({ text }) => {
        seen.push(`quick ${text}`);
      },
    });

    await expect.poll(() => seen.toSorted()).toEqual(["quick 1", "slow 1", "slow 3"]);
    await expect.poll(() => waiting("slow")).toBe(2);
  });

  test("tries again later and later, and gives up in the end", async () => {
    await send("q", ["a", "1"], ["a", "2"], ["b", "3"]);
    const tries: string[] = [];
    const dead: string[] = [];
    start({
      q: {
        handle: async ({ text, group }) => {
          tries.push(text);
          if (group === "a" && text === "1") throw new Error("not today");
        },
        onDead: async ({ text }) => {
          dead.push(text);
        },
      },
    });
    const triesOf = (wanted: string) => tries.filter((text) => text === wanted).length;

    await expect.poll(() => [triesOf("1"), triesOf("3")]).toEqual([1, 1]);
    for (let attempts = 1; attempts < maxAttempts; attempts += 1) {
      await expect
        .poll(async () => (await store.readMessages("q", { state: "waiting", limit: 1 }))[0]?.attempts)
        .toBe(attempts);
      expect([triesOf("1"), triesOf("2")]).toEqual([attempts, 0]);
      nowMs += delayAfter(attempts);
      await expect.poll(() => triesOf("1")).toBe(attempts + 1);
    }

    await expect.poll(() => triesOf("2")).toBe(1);
    expect(dead).toEqual(["1"]);
    const [given] = await store.readMessages("q", { state: "dead", limit: 10 });
    expect(given).toMatchObject({ text: "1", attempts: maxAttempts, failure: "not today" });
    await expect.poll(() => store.listQueues()).toEqual([{ name: "q", waiting: 0, dead: 1, dropped: 0 }]);
  });

  test("a message that is broken off is not counted as tried", async () => {
    await send("q", ["a", "1"]);
    let started = 0;
    start({
      q: (_, signal) => {
        started += 1;
        return never(signal);
      },
    });
    await expect.poll(() => started).toBe(1);
    await pump?.stop();

    expect(await store.readMessages("q", { state: "waiting", limit: 10 })).toMatchObject([{ text: "1", attempts: 0 }]);
  });

  test("leaves alone a queue that nobody knows", async () => {
    await send("unknown", ["a", "1"]);
    await send("q", ["a", "1"]);
    start({ q: async () => {} });

    await expect.poll(() => waiting("q")).toBe(0);
    expect(await waiting("unknown")).toBe(1);
  });
});
