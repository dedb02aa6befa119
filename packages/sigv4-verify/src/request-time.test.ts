import { expect, test } from "vitest";
import { readRequestTime } from "./request-time.ts";

const now = new Date("2026-11-21T08:31:40Z");

test.each([
  ["x-amz-date", "20261121T083140Z"],
  ["date", "Sat, 21 Nov 2026 08:31:40 GMT"],
  ["date", "Sat, 21 Nov 2026 08:31:40 -0000"],
  ["date", "Sat, 21 Nov 2026 08:31:40 +0000"],
  ["date", "20261121T083140Z"],
])("reads %s: %s", (name, value) => {
  expect(readRequestTime(new Map([[name, value]]), now).timestamp).toBe("20261121T083140Z");
});

test.each([
  ["date", "Sat, 21 Nov 2026 08:31:40 +0100"],
  ["date", "21 November 2026"],
  ["date", ""],
  ["x-amz-date", "Sat, 21 Nov 2026 08:31:40 GMT"],
  ["x-amz-date", "20261341T083140Z"],
])("refuses %s: %s", (name, value) => {
  expect(() => readRequestTime(new Map([[name, value]]), now)).toThrow(
    expect.objectContaining({ code: "AccessDenied" }),
  );
});
