import { expect, test } from "vitest";
import { isAtLeast, readLogLevel } from "./log-level.ts";

test.each([
  ['{"level":"warn","msg":"slow"}', "warn"],
  ['{"level":50,"msg":"pino"}', "error"],
  ['{"level":99}', "fatal"],
  ['{"severity":"CRITICAL","message":"x"}', "fatal"],
  ['{"msg":"no level","inner":{"level":"error"}}', undefined],
  ['{"level":"error", cut off', undefined],
  ["time=2026-11-21T10:00:00Z level=debug msg=x", "debug"],
  ["2026-11-21T10:00:00.000Z  INFO rustfs::server: started", "info"],
  ["2026-11-21 10:00:00 UTC GET /album WARN slow", "warn"],
  ["[error] no space left", "error"],
  ["2026-11-21 <notice> hello", "info"],
  ["an error happened in words", undefined],
  ["INFORMATIONAL is no level", undefined],
  ["", undefined],
  [`${"x".repeat(200)} ERROR too late`, undefined],
] as const)("reads %s as %s", (line, level) => {
  expect(readLogLevel(line)).toBe(level);
});

test("what says no level is at least none", () => {
  expect(isAtLeast(undefined, "trace")).toBe(false);
  expect([isAtLeast("error", "warn"), isAtLeast("warn", "warn"), isAtLeast("info", "warn")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a line that only looks like many levels is read in no time", () => {
  const startMs = performance.now();
  for (let n = 0; n < 1000; n += 1) readLogLevel("[".repeat(16_000) + "A".repeat(100));

  expect(performance.now() - startMs).toBeLessThan(1000);
});
