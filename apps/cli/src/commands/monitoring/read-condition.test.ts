import { expect, test } from "vitest";
import { InvalidValue } from "../../command/options.ts";
import { condition, formatCondition } from "./read-condition.ts";

test.each([
  ["memory_percent > 90", { metric: "memory_percent", comparison: "gt", threshold: 90 }],
  ["up<1", { metric: "up", comparison: "lt", threshold: 1 }],
  [" cpu_percent >= 150.5 ", { metric: "cpu_percent", comparison: "gte", threshold: 150.5 }],
  ["disk_bytes <= 0", { metric: "disk_bytes", comparison: "lte", threshold: 0 }],
])("%j is read, and written again the same way", (text, expected) => {
  expect(condition(text)).toEqual(expected);
  expect(condition(formatCondition(condition(text)))).toEqual(expected);
});

test.each(["", "up", "up = 1", "load > 1", "up > one", "up > 1 or down", "up >"])("%j is refused", (text) => {
  expect(() => condition(text)).toThrow(InvalidValue);
});
