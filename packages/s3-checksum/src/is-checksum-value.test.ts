import { describe, expect, test } from "vitest";
import { checksumAlgorithms, isChecksumAlgorithm } from "./checksum-algorithm.ts";
import { createChecksum } from "./create-checksum.ts";
import { isChecksumValue } from "./is-checksum-value.ts";

describe.each(checksumAlgorithms)("for %s", (algorithm) => {
  const value = createChecksum(algorithm).digest();

  test("accepts what a checksum of it looks like, and of no other", () => {
    for (const other of checksumAlgorithms) {
      const sameLength = createChecksum(other).digest().length === value.length;
      expect(isChecksumValue(other, value)).toBe(sameLength);
    }
  });

  test.each([
    ["nothing", ""],
    ["white space around it", ` ${value.slice(1)}`],
    ["a composite value", `${value}-1`],
    ["no padding", value.replace(/=+$/, "")],
    ["another alphabet", `_${value.slice(1)}`],
    ["a character outside base64", `*${value.slice(1)}`],
    ["unused bits that are not zero", value.replace(/.(?==+$)/, "B")],
    ["padding in the middle", `${value.slice(0, 2)}==${value.slice(4)}`],
    ["a very long value", "A".repeat(1_000_000)],
  ])("refuses %s", (_name, bad) => {
    expect(isChecksumValue(algorithm, bad)).toBe(false);
  });
});

test("knows the names of its algorithms only", () => {
  expect(checksumAlgorithms.every(isChecksumAlgorithm)).toBe(true);
  for (const name of ["crc32", "SHA512", "", "toString", "__proto__"]) expect(isChecksumAlgorithm(name)).toBe(false);
});
