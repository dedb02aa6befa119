import { expect, test } from "vitest";
import { createRedact } from "./redact-secrets.ts";

test.each([
  ["as it is", "key=abc/def+ghi end", "key=*** end"],
  ["as a URL has it", "?key=abc%2Fdef%2Bghi&x=1", "?key=***&x=1"],
  ["as JSON has it", String.raw`{"k":"line\"one"}`, `{"k":"***"}`],
  ["a line of several", "-----second line-----", "-----***-----"],
  ["a short word stays", "the mode is on", "the mode is on"],
  ["the longer one first", "abc/def+ghijkl", "***"],
])("takes a secret out of a line: %s", (_, line, clean) => {
  const redact = createRedact(["abc/def+ghi", "abc/def+ghijkl", 'line"one', "first line\nsecond line", "on"]);

  expect(redact(line)).toBe(clean);
});

test("takes the beginning of a secret out where a long line was cut off in it", () => {
  const redact = createRedact(["a-long-secret-of-somebody"]);
  const filling = "x".repeat(16_384 - 10);

  expect(redact(`${filling}a-long-sec`)).toBe(`${filling}***`);
  expect(redact(`${filling}a-long`.slice(-100))).toMatch(/a-long$/);
});
