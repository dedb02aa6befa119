import { expect, test } from "vitest";
import { formatSeconds } from "../../output/format-values.ts";
import { formatSparkline } from "./format-metrics.ts";

test("bars begin at zero, and what is not known is a blank", () => {
  expect(formatSparkline([0, 50, 100, null, 25])).toBe("▁▅█ ▃");
  expect(formatSparkline([100, 100])).toBe("██");
  expect(formatSparkline([0, 0])).toBe("▁▁");
  expect(formatSparkline([null])).toBe(" ");
  expect(formatSparkline([])).toBe("");
});

test("many values share the bars, each of which is the greatest of its part", () => {
  const values = Array.from({ length: 840 }, (_, at) => (at === 500 ? 100 : 1));

  expect([...formatSparkline(values)]).toHaveLength(40);
  expect(formatSparkline(values)).toContain("█");
});

test.each([
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [61, "1m 1s"],
  [3600, "1h"],
  [90_061, "1d 1h"],
  [86_400 + 60, "1d"],
])("%i seconds are %s", (seconds, expected) => {
  expect(formatSeconds(seconds)).toBe(expected);
});
