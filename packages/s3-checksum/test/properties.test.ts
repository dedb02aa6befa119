import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ChecksumError,
  checksumAlgorithms,
  checksumOf,
  combineChecksums,
  compositeChecksum,
  createChecksum,
  createMd5,
  isChecksumValue,
  isContentMd5,
  loadChecksums,
  md5Of,
  multipartEtag,
  parseContentMd5,
} from "../src/index.ts";

// fast-check prints seed and path of a failure. STAVE_PROPERTY_RUNS=100000 for the long run.
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 300);
const timeoutMs = 5000 + numRuns * 10;

const crcAlgorithms = ["CRC32", "CRC32C", "CRC64NVME"] as const;
// The same in every run, so that a seed repeats a failure.
const pool = createHash("shake256", { outputLength: 10_000 }).digest();

// Slices of random bytes, long and unaligned enough for every loop: fast-check makes long arrays seldom and slowly.
const bytes = fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 1000 })).map(([size, at]) => pool.subarray(at, at + size));
const parts = fc.array(bytes, { minLength: 1, maxLength: 8 });

beforeAll(() => loadChecksums());

describe.each(crcAlgorithms)("%s", (algorithm) => {
  test(
    "combined from the parts of any split is that of the whole",
    () => {
      fc.assert(
        fc.property(parts, (split) => {
          const sums = split.map((part) => ({ value: checksumOf(algorithm, part), sizeBytes: part.length }));

          expect(combineChecksums(algorithm, sums)).toBe(checksumOf(algorithm, Buffer.concat(split)));
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );
});

describe.each(checksumAlgorithms)("%s", (algorithm) => {
  test(
    "is the same in one call and over any split",
    () => {
      fc.assert(
        fc.property(parts, (split) => {
          const checksum = createChecksum(algorithm);
          for (const part of split) checksum.update(part);

          const value = checksum.digest();

          expect(value).toBe(checksumOf(algorithm, Buffer.concat(split)));
          expect(isChecksumValue(algorithm, value)).toBe(true);
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );
});

test(
  "composite checksums and ETags are those of the digests put end to end, as Node computes them",
  () => {
    fc.assert(
      fc.property(parts, (split) => {
        const crcs = split.map((part) => {
          const digest = Buffer.alloc(4);
          digest.writeUInt32BE(crc32(part));
          return digest;
        });
        const crcOfAll = Buffer.alloc(4);
        crcOfAll.writeUInt32BE(crc32(Buffer.concat(crcs)));
        const ofAll = (name: string): Buffer => {
          const digests = split.map((part) => createHash(name).update(part).digest());
          return createHash(name).update(Buffer.concat(digests)).digest();
        };
        const values = (algorithm: "CRC32" | "SHA1" | "SHA256") => split.map((part) => checksumOf(algorithm, part));

        const count = split.length;
        expect(compositeChecksum("CRC32", values("CRC32"))).toBe(`${crcOfAll.toString("base64")}-${count}`);
        expect(compositeChecksum("SHA1", values("SHA1"))).toBe(`${ofAll("sha1").toString("base64")}-${count}`);
        expect(compositeChecksum("SHA256", values("SHA256"))).toBe(`${ofAll("sha256").toString("base64")}-${count}`);
        expect(multipartEtag(split.map((part) => md5Of(part).hex))).toBe(`${ofAll("md5").toString("hex")}-${count}`);
      }),
      { numRuns },
    );
  },
  timeoutMs,
);

test(
  "the MD5 is the same in one call and over any split, and comes back from its Content-MD5",
  () => {
    fc.assert(
      fc.property(parts, (split) => {
        const md5 = createMd5();
        for (const part of split) md5.update(part);

        const digest = md5.digest();

        expect(digest).toEqual(md5Of(Buffer.concat(split)));
        expect(parseContentMd5(digest.base64)).toEqual(digest);
      }),
      { numRuns },
    );
  },
  timeoutMs,
);

test(
  "security S34: any text as a value, an ETag or a Content-MD5 is taken in canonical form or refused with a ChecksumError",
  () => {
    const base64 = fc.base64String({ maxLength: 50, size: "max" });
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 50, size: "max" }), base64),
        fc.constantFrom(...checksumAlgorithms),
        (text, name) => {
          const isCanonical = (sizeBytes: number): boolean => {
            const decoded = Buffer.from(text, "base64");
            return decoded.length === sizeBytes && decoded.toString("base64") === text;
          };
          const sizes = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

          expect(isChecksumValue(name, text)).toBe(isCanonical(sizes[name]));
          expect(isContentMd5(text)).toBe(isCanonical(16));
          expectChecksumErrorOrNothing(() => parseContentMd5(text));
          expectChecksumErrorOrNothing(() => multipartEtag([text]));
          expectChecksumErrorOrNothing(() => compositeChecksum(name, [text]));
          expectChecksumErrorOrNothing(() => combineChecksums("CRC64NVME", [{ value: text, sizeBytes: 1 }]));
        },
      ),
      { numRuns },
    );
  },
  timeoutMs,
);

function expectChecksumErrorOrNothing(step: () => unknown): void {
  try {
    step();
  } catch (error) {
    expect(error).toBeInstanceOf(ChecksumError);
  }
}
