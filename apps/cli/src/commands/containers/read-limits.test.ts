import { expect, test } from "vitest";
import { InvalidValue } from "../../command/options.ts";
import { cores, mebibytes, swapMebibytes } from "./read-limits.ts";

test.each([
  ["512", 512],
  ["512m", 512],
  ["2G", 2048],
  ["1gib", 1024],
  ["unlimited", null],
])("memory %s is %s MiB", (text, expected) => {
  expect(mebibytes(text)).toBe(expected);
});

test.each(["0", "-1", "1.5g", "99999999", "much", "", "512kb"])("memory %j is refused", (text) => {
  expect(() => mebibytes(text)).toThrow(InvalidValue);
});

test.each([
  ["none", 0],
  ["0", 0],
  ["256", 256],
  ["1g", 1024],
])("swap %s is %s MiB on top of the memory", (text, expected) => {
  expect(swapMebibytes(text)).toBe(expected);
});

test("swap without an end is refused", () => {
  expect(() => swapMebibytes("unlimited")).toThrow(InvalidValue);
});

test.each([
  ["1.5", 1_500_000_000],
  ["2", 2_000_000_000],
  ["0.000000001", 1],
  ["unlimited", null],
])("%s cores are %s thousand millionths", (text, expected) => {
  expect(cores(text)).toBe(expected);
});

test.each(["0", "-1", "1e3", "1,5", ""])("%j cores are refused", (text) => {
  expect(() => cores(text)).toThrow(InvalidValue);
});
