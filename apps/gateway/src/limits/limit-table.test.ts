import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { burstSeconds, createLimitTable, type LimitTableOptions } from "./limit-table.ts";

const mib = 1024 * 1024;

function createTable(options: Partial<LimitTableOptions>) {
  const clock = { nowMs: 1000 };
  return { clock, table: createLimitTable({ nowMs: () => clock.nowMs, ...options }) };
}

/** How many of so many requests are let in. */
function admitted(table: ReturnType<typeof createLimitTable>, name: string, count: number): number {
  return Array.from({ length: count }, () => table.admit(name)).filter((refusal) => refusal === undefined).length;
}

describe("requests", () => {
  test("come in bursts of five seconds, then at the rate", () => {
    const { clock, table } = createTable({ requestsPerSecond: 10 });

    expect(admitted(table, "a", 1000)).toBe(10 * burstSeconds);
    clock.nowMs += 1000;
    expect(admitted(table, "a", 1000)).toBe(10);
    clock.nowMs += 3_600_000;
    expect(admitted(table, "a", 1000)).toBe(10 * burstSeconds);
  });

  test("that are refused are told when to come back, and are right then", () => {
    const { clock, table } = createTable({ requestsPerSecond: 1 });
    admitted(table, "a", burstSeconds);

    expect(table.admit("a")).toEqual({ by: "requests", retryAfterSeconds: 1 });
    clock.nowMs += 1000;
    expect(table.admit("a")).toBeUndefined();
  });

  test("that are refused do not count", () => {
    const { clock, table } = createTable({ requestsPerSecond: 10 });
    admitted(table, "a", 100_000);
    clock.nowMs += 100;

    expect(table.admit("a")).toBeUndefined();
  });

  test("of one name do not count for another", () => {
    const { table } = createTable({ requestsPerSecond: 1 });
    admitted(table, "a", 100);

    expect(admitted(table, "b", 100)).toBe(burstSeconds);
  });

  test("are never more than the rate over time, however they come", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ waitMs: fc.nat(3000), count: fc.nat(50) })), (steps) => {
        const { clock, table } = createTable({ requestsPerSecond: 10 });
        const startMs = clock.nowMs;
        let total = 0;
        for (const { waitMs, count } of steps) {
          clock.nowMs += waitMs;
          total += admitted(table, "a", count);
        }

        expect(total).toBeLessThanOrEqual(10 * burstSeconds + ((clock.nowMs - startMs) / 1000) * 10 + 1e-6);
      }),
    );
  });

  test("are not limited when only bytes are", () => {
    const { table } = createTable({ bytesPerSecond: mib });

    expect(admitted(table, "a", 100_000)).toBe(100_000);
  });
});

describe("bytes", () => {
  test("are slowed to the rate after a burst of five seconds", () => {
    const { clock, table } = createTable({ bytesPerSecond: mib });
    table.addBytes("a", burstSeconds * mib);
    expect(table.pauseMs("a")).toBe(0);

    const startMs = clock.nowMs;
    for (let sent = 0; sent < 100; sent += 1) {
      table.addBytes("a", mib / 10);
      clock.nowMs += table.pauseMs("a");
    }

    expect((clock.nowMs - startMs) / 1000).toBeCloseTo(10);
  });

  test("of several transfers are slowed together", () => {
    const { clock, table } = createTable({ bytesPerSecond: mib });
    const startMs = clock.nowMs;
    const wakeMs = Array.from({ length: 20 }, () => startMs);
    let total = 0;
    while (clock.nowMs < startMs + 60_000) {
      const next = wakeMs.indexOf(Math.min(...wakeMs));
      clock.nowMs = wakeMs[next] ?? 0;
      table.addBytes("a", mib / 8);
      total += mib / 8;
      wakeMs[next] = clock.nowMs + table.pauseMs("a") + 0.01;
    }

    const allowed = (60 + burstSeconds) * mib;
    expect(total).toBeGreaterThan(allowed * 0.95);
    expect(total).toBeLessThan(allowed * 1.1);
  });

  test("that were moved unasked keep new requests out while the debt is large", () => {
    const { clock, table } = createTable({ bytesPerSecond: mib });
    table.addBytes("a", 2 * burstSeconds * mib);
    expect(table.admit("a")).toBeUndefined();

    table.addBytes("a", 3 * mib);

    expect(table.admit("a")).toEqual({ by: "bytes", retryAfterSeconds: 3 });
    clock.nowMs += 3000;
    expect(table.admit("a")).toBeUndefined();
  });
});

describe("a table that is full", () => {
  const options = { requestsPerSecond: 1, maxBuckets: 100 };

  function fill(table: ReturnType<typeof createLimitTable>) {
    for (let index = 0; index < 100; index += 1) admitted(table, `filler ${index}`, 100);
  }

  test("forgets nobody what was used", () => {
    const { table } = createTable(options);
    fill(table);
    for (let index = 0; index < 10_000; index += 1) table.admit(`newcomer ${index}`);

    for (let index = 0; index < 100; index += 1) expect(table.admit(`filler ${index}`)).toBeDefined();
  });

  test("lets newcomers in, but not for free: they share what 256 have", () => {
    const { table } = createTable(options);
    fill(table);

    const once = Array.from({ length: 100 }, (_, index) => table.admit(`newcomer ${index}`));
    let total = 100;
    for (let index = 0; index < 100_000; index += 1) total += admitted(table, `newcomer ${index}`, 1);

    expect(once.filter((refusal) => refusal !== undefined)).toEqual([]);
    expect(total).toBeLessThanOrEqual(256 * burstSeconds);
  });

  test("gives buckets that are empty to newcomers, and no others", () => {
    const { clock, table } = createTable(options);
    fill(table);
    clock.nowMs += 2 * burstSeconds * 1000;
    admitted(table, "filler 0", 100);

    for (let index = 0; index < 90; index += 1) expect(admitted(table, `newcomer ${index}`, 100)).toBe(burstSeconds);
    expect(table.admit("filler 0")).toBeDefined();
  });

  test("finds the empty ones behind some that are not", () => {
    const { clock, table } = createTable({ bytesPerSecond: mib, maxBuckets: 100 });
    for (let index = 0; index < 100; index += 1) table.addBytes(`filler ${index}`, index < 50 ? 1e12 : 1);
    clock.nowMs += 10_000;
    for (let index = 0; index < 20; index += 1) table.admit(`newcomer ${index}`);

    table.addBytes("newcomer 20", 1e12);

    expect(table.admit("newcomer 20")).toBeDefined();
    expect(table.admit("newcomer 21")).toBeUndefined();
  });
});

describe("tables of two processes", () => {
  test("let in together what one would, but for the burst that neither has heard of", () => {
    const clock = { nowMs: 1000 };
    const options = { requestsPerSecond: 100, bytesPerSecond: mib, nowMs: () => clock.nowMs, isTold: true };
    const tables = [createLimitTable(options), createLimitTable(options)] as const;
    const [one, other] = tables;
    let total = 0;
    for (let tick = 0; tick < 600; tick += 1) {
      for (const table of tables) total += admitted(table, "a", 1000);
      const uses = [one.takeUse(), other.takeUse()] as const;
      one.addUse(uses[1]);
      other.addUse(uses[0]);
      clock.nowMs += 100;
    }

    // A minute at the rate, one burst, and what was let in twice before the first exchange was paid back.
    const allowed = (60 + burstSeconds) * 100;
    expect(total).toBeGreaterThan(allowed * 0.95);
    expect(total).toBeLessThan(allowed * 1.05);
  });

  test("hear of what is used, once, and not of what they told", () => {
    const { table } = createTable({ requestsPerSecond: 10, bytesPerSecond: mib, isTold: true });
    admitted(table, "a", 2);
    table.addBytes("a", 7);
    table.addUse([["b", 3, 9]]);

    expect(table.takeUse()).toEqual([["a", 2, 7]]);
    expect(table.takeUse()).toEqual([]);
  });

  test("are told of so many names at a time", () => {
    const { table } = createTable({ requestsPerSecond: 10, isTold: true });
    for (let index = 0; index < 1500; index += 1) table.admit(`${index}`);

    expect(table.takeUse()).toHaveLength(1000);
    expect(table.takeUse()).toHaveLength(500);
  });

  test("share among themselves what newcomers to a full one share", () => {
    const { table } = createTable({ requestsPerSecond: 1, maxBuckets: 1, isTold: true });
    const { table: other } = createTable({ requestsPerSecond: 1, maxBuckets: 1 });
    table.admit("filler");
    other.admit("filler");
    table.takeUse();
    admitted(table, "newcomer", 100);

    other.addUse(table.takeUse());

    expect(other.admit("newcomer")).toBeDefined();
  });
});
