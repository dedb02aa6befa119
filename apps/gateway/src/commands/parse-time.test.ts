import { describe, expect, test } from "vitest";
import { UsageError } from "../process/usage-error.ts";
import { parseDuration, parseMoment } from "./parse-time.ts";

const now = new Date("2030-01-31T12:00:00.000Z");

test.each([
  ["0", 0],
  ["0s", 0],
  ["90s", 90_000],
  ["15m", 900_000],
  ["24h", 86_400_000],
  ["30d", 2_592_000_000],
])("the duration %s is %i ms", (text, expected) => {
  expect(parseDuration("--grace", text)).toBe(expected);
});

test.each(["", "1", "-1h", "1.5h", "1w", " 1h", "1h ", "1e3s", "999999999d", "Infinity"])(
  "%j is no duration, and the option is named",
  (text) => {
    expect(() => parseDuration("--grace", text)).toThrow(UsageError);
    expect(() => parseDuration("--grace", text)).toThrow(/^--grace: /);
  },
);

describe("a moment", () => {
  test.each([
    ["2030-02-01", "2030-02-01T00:00:00.000Z"],
    ["2030-02-01T12:30Z", "2030-02-01T12:30:00.000Z"],
    ["2030-02-01T12:30:15.5+02:00", "2030-02-01T10:30:15.500Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["1d", "2030-02-01T12:00:00.000Z"],
  ])("is %s", (text, expected) => {
    expect(parseMoment("--at", text, { now, direction: "ahead" }).toISOString()).toBe(expected);
  });

  test("lies back where that is meant", () => {
    expect(parseMoment("--since", "24h", { now, direction: "back" }).toISOString()).toBe("2030-01-30T12:00:00.000Z");
  });

  test.each(["", "soon", "2030-02-30", "2030-13-01", "2030-02-01T12:30", "2030-02-01T25:00Z", "1/2/2030", "2030", "0"])(
    "is not %j, and the option is named",
    (text) => {
      expect(() => parseMoment("--at", text, { now, direction: "ahead" })).toThrow(UsageError);
      expect(() => parseMoment("--at", text, { now, direction: "ahead" })).toThrow(/^--at: /);
    },
  );
});
