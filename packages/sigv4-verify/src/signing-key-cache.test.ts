import { expect, test } from "vitest";
import { createSigningKeyCache, deriveSigningKey } from "./signing-key-cache.ts";

const input = { accessKeyId: "AK", secretAccessKey: "secret", date: "20130524", region: "us-east-1", service: "s3" };

test("derives once what is asked for twice", () => {
  const cache = createSigningKeyCache();

  expect(cache.keyFor({ ...input })).toBe(cache.keyFor({ ...input }));
  expect(cache.keyFor(input).equals(deriveSigningKey(input))).toBe(true);
  expect(cache.size).toBe(1);
});

test.each(["accessKeyId", "secretAccessKey", "date", "region", "service"] as const)(
  "tells keys apart by %s",
  (field) => {
    const cache = createSigningKeyCache();
    const other = { ...input, [field]: "other" };

    expect(cache.keyFor(other)).not.toBe(cache.keyFor(input));
    expect(cache.keyFor(other).equals(deriveSigningKey(other))).toBe(true);
  },
);

test("drops the least recently used", () => {
  const cache = createSigningKeyCache({ maxKeys: 2 });
  const [first, second, third] = ["1", "2", "3"].map((accessKeyId) => ({ ...input, accessKeyId }));
  const firstKey = first && cache.keyFor(first);
  const secondKey = second && cache.keyFor(second);

  if (first) cache.keyFor(first);
  if (third) cache.keyFor(third);

  expect(cache.size).toBe(2);
  expect(first && cache.keyFor(first)).toBe(firstKey);
  expect(second && cache.keyFor(second)).not.toBe(secondKey);
});

test("forgets everything when cleared", () => {
  const cache = createSigningKeyCache();
  const key = cache.keyFor(input);

  cache.clear();

  expect(cache.size).toBe(0);
  expect(cache.keyFor(input)).not.toBe(key);
});

test.each([0, -1, 1.5, Number.NaN])("refuses room for %d keys", (maxKeys) => {
  expect(() => createSigningKeyCache({ maxKeys })).toThrow(TypeError);
});
