import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ChecksumAlgorithm, CrcAlgorithm } from "./checksum-algorithm.ts";
import { checksumOf } from "./checksum-of.ts";
import { combineChecksums } from "./combine-checksums.ts";
import { compositeChecksum } from "./composite-checksum.ts";
import { createChecksum } from "./create-checksum.ts";
import { multipartEtag } from "./multipart-etag.ts";

type Upload = {
  readonly size: number;
  readonly parts: readonly {
    readonly size: number;
    readonly checksums: Readonly<Record<ChecksumAlgorithm, string>>;
    readonly etag: string;
  }[];
  readonly composite: Readonly<Record<"CRC32" | "CRC32C" | "SHA1" | "SHA256", string>>;
  readonly fullObject: Readonly<Record<CrcAlgorithm, string>>;
  readonly etag: string;
};
const vectors: { readonly multipartUploads: readonly Upload[] } = JSON.parse(
  readFileSync(new URL("../test/vectors/checksums.json", import.meta.url), "utf8"),
);

const crcAlgorithms = ["CRC32", "CRC32C", "CRC64NVME"] as const;

describe.each(vectors.multipartUploads)("an upload of $size bytes", ({ parts, composite, fullObject, etag }) => {
  test.each(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)("has the published composite %s", (algorithm) => {
    const values = parts.map(({ checksums }) => checksums[algorithm]);

    expect(compositeChecksum(algorithm, values)).toBe(composite[algorithm]);
  });

  test.each(crcAlgorithms)("has the published full-object %s", (algorithm) => {
    const partChecksums = parts.map(({ checksums, size }) => ({ value: checksums[algorithm], sizeBytes: size }));

    expect(combineChecksums(algorithm, partChecksums)).toBe(fullObject[algorithm]);
  });

  test("has the published ETag", () => {
    expect(multipartEtag(parts.map((part) => part.etag))).toBe(etag);
  });
});

describe.each(crcAlgorithms)("combined %s", (algorithm) => {
  test("of no parts and of empty parts is that of nothing", () => {
    const nothing = createChecksum(algorithm).digest();

    expect(combineChecksums(algorithm, [])).toBe(nothing);
    expect(combineChecksums(algorithm, [{ value: nothing, sizeBytes: 0 }])).toBe(nothing);
  });

  test("is that of all bytes, wherever they are split", () => {
    const bytes = Buffer.from("The quick brown fox jumps over the lazy dog");
    for (let split = 0; split <= bytes.length; split++) {
      const parts = [bytes.subarray(0, split), bytes.subarray(split)].map((part) => ({
        value: checksumOf(algorithm, part),
        sizeBytes: part.length,
      }));

      expect(combineChecksums(algorithm, parts)).toBe(checksumOf(algorithm, bytes));
    }
  });

  test("is exact for sizes that do not fit into 32 bits", () => {
    // 5 TiB and five bytes of `a`, put together from two halves and from five bytes and the rest.
    const start = { value: checksumOf(algorithm, Buffer.from("aaaaa")), sizeBytes: 5 };
    let half = start;
    for (let power = 0; power < 39; power++) {
      half = { value: combineChecksums(algorithm, [half, half]), sizeBytes: half.sizeBytes * 2 };
    }
    const whole = { value: combineChecksums(algorithm, [half, half]), sizeBytes: 5 * 2 ** 40 };

    expect(combineChecksums(algorithm, [start, whole])).toBe(combineChecksums(algorithm, [half, half, start]));
    expect(combineChecksums(algorithm, [start, whole])).toBe(combineChecksums(algorithm, [whole, start]));
  });

  test("takes 10,000 parts of different sizes in well under a second", () => {
    const value = checksumOf(algorithm, Buffer.from("a"));
    const parts = Array.from({ length: 10_000 }, (_, index) => ({ value, sizeBytes: 5 * 2 ** 40 - 1 - index }));
    const start = performance.now();

    combineChecksums(algorithm, parts);

    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("refuses", () => {
  const crc32 = "y/Q5Jg==";

  test.each(["", "y/Q5Jg", "y/Q5Jh==", "y_Q5Jg==", "y/Q5Jg==-2", "rosUhgp5mIg=", " y/Q5Jg=="])(
    "%j as the CRC32 of a part",
    (value) => {
      expect(() => combineChecksums("CRC32", [{ value, sizeBytes: 9 }])).toThrow(
        expect.objectContaining({ code: "InvalidChecksum" }),
      );
      expect(() => compositeChecksum("CRC32", [crc32, value])).toThrow(
        expect.objectContaining({ code: "InvalidChecksum" }),
      );
    },
  );

  test("a composite CRC64NVME", () => {
    expect(() => compositeChecksum("CRC64NVME", ["rosUhgp5mIg="])).toThrow(
      expect.objectContaining({ code: "UnsupportedChecksumType" }),
    );
  });

  test.each([
    "",
    "e5a8c5272b26fc10581a21089559b006-2",
    '"25f9e794323b453885f5181f1b624d0b"',
    "25f9e794323b453885f5181f1b624d0",
  ])("%j as the ETag of a part", (etag) => {
    expect(() => multipartEtag([etag])).toThrow(expect.objectContaining({ code: "InvalidEtag" }));
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])("a part of %d bytes", (sizeBytes) => {
    expect(() => combineChecksums("CRC32", [{ value: crc32, sizeBytes }])).toThrow(TypeError);
  });

  test("a composite checksum or an ETag of no parts", () => {
    expect(() => compositeChecksum("CRC32", [])).toThrow(TypeError);
    expect(() => multipartEtag([])).toThrow(TypeError);
  });
});
