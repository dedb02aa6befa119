import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "./progress.ts";

let shown: (readonly string[])[];

beforeEach(() => {
  shown = [];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const progressOn = (isTerminal: boolean) => createProgress({ isTerminal, status: (lines) => void shown.push(lines) });

test("C10: shows nothing in the first half second, then bytes, percent, rate, time left and the name", () => {
  const progress = progressOn(true);
  progress.expect(4 * 1024 ** 2, 2);
  progress.complete();
  progress.current("s3://photos/\u001b[2Ja.jpg");
  vi.advanceTimersByTime(499);
  expect(shown).toEqual([]);

  progress.add(1024 ** 2);
  vi.advanceTimersByTime(501);
  expect(shown.at(-1)).toEqual([
    "[######..................] 25% 1.0 MiB of 4.0 MiB 0/2 1.0 MiB/s 3s left",
    "  s3://photos/\\x1b[2Ja.jpg",
  ]);
  progress.end();
  expect(shown.at(-1)).toEqual([]);
});

test("claims no share of what is not known to its end, nor a line longer than 80 columns", () => {
  const progress = progressOn(true);
  progress.expect(10, 1);
  progress.current("x".repeat(500));
  vi.advanceTimersByTime(1000);

  expect(shown.at(-1)?.[0]).toMatch(/^0 B of 10 B so far/);
  expect(shown.flat().every((line) => line.length <= 80)).toBe(true);
  progress.end();
});

test("shows nothing where nobody watches", () => {
  const progress = progressOn(false);
  vi.advanceTimersByTime(10_000);

  expect(shown).toEqual([]);
  progress.end();
});
