import { describe, expect, test } from "vitest";
import { byteSize, momentOf, when } from "./options.ts";

describe("sizes", () => {
  const sizes: readonly (readonly [text: string, bytes: number])[] = [
    ["0", 0],
    ["1048576", 1_048_576],
    ["10GiB", 10 * 1024 ** 3],
    ["10gib", 10 * 1024 ** 3],
    ["500 MB", 500_000_000],
    ["1.5kb", 1500],
    ["2B", 2],
  ];

  for (const [text, bytes] of sizes) test(text, () => expect(byteSize(text)).toBe(bytes));

  for (const text of [
    "",
    "ten",
    "-1",
    "1e3",
    "10 G B",
    "1.5.5MB",
    "99999999TiB",
    "10XiB",
    "١0",
    "__proto__",
    "10toS",
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => byteSize(text)).toThrow("Expected a size such as"));
  }
});

describe("times", () => {
  const now = new Date("2026-01-31T12:00:00Z");
  const times: readonly (readonly [text: string, moment: string])[] = [
    ["30d", "2026-03-02T12:00:00.000Z"],
    ["90s", "2026-01-31T12:01:30.000Z"],
    ["2030-01-31", "2030-01-31T00:00:00.000Z"],
    ["2030-01-31T12:30Z", "2030-01-31T12:30:00.000Z"],
  ];

  for (const [text, moment] of times) test(text, () => expect(momentOf(when(text), now)).toBe(moment));

  for (const text of [
    "",
    "soon",
    "2030-13-01",
    "2030-02-30",
    "2030-01-31T12:30:00+01:00",
    "30",
    "tomorrow",
    "999999999999d",
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => when(text)).toThrow("Expected a time such as"));
  }
});
