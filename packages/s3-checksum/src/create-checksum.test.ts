import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChecksumAlgorithm, checksumAlgorithms } from "./checksum-algorithm.ts";
import { checksumOf } from "./checksum-of.ts";
import { createChecksum } from "./create-checksum.ts";
import { loadChecksums } from "./load-checksums.ts";
import { loadCrc32, native } from "./native-crc32.ts";
import { slicingCrc32c, slicingCrc64 } from "./slicing-crc.ts";
import { type Crc64Function, loadWasmCrc64 } from "./wasm-crc64.ts";

type Input = { readonly text: string } | { readonly fill: string; readonly size: number };
type VectorFile = {
  readonly objects: readonly {
    readonly input: Input;
    readonly checksums: Readonly<Record<ChecksumAlgorithm, string>>;
  }[];
};
const vectors: VectorFile = JSON.parse(
  readFileSync(new URL("../test/vectors/checksums.json", import.meta.url), "utf8"),
);

const seed = Date.now();

describe.each(vectors.objects)("of $input", ({ input, checksums }) => {
  const bytes = "text" in input ? Buffer.from(input.text) : Buffer.alloc(input.size, input.fill);

  test.each(checksumAlgorithms)("%s has the published value", (algorithm) => {
    const checksum = createChecksum(algorithm);

    checksum.update(bytes);

    expect(checksum.digest()).toBe(checksums[algorithm]);
    expect(checksumOf(algorithm, bytes)).toBe(checksums[algorithm]);
  });

  test.each(checksumAlgorithms)(`%s is the same for random splits (seed ${seed})`, (algorithm) => {
    const checksum = createChecksum(algorithm);

    for (const chunk of randomSplits(bytes, randomNumbers(seed))) checksum.update(chunk);

    expect(checksum.digest()).toBe(checksums[algorithm]);
  });
});

test("has read the bytes when update returns", async () => {
  await loadChecksums();
  for (const algorithm of checksumAlgorithms) {
    const once = createChecksum(algorithm);
    once.update(Buffer.from("123456789"));
    const reused = createChecksum(algorithm);
    const buffer = Buffer.from("12345");

    reused.update(buffer);
    buffer.set(Buffer.from("6789-"));
    reused.update(buffer.subarray(0, 4));

    expect(reused.digest()).toBe(once.digest());
  }
});

test("keeps checksums that run at the same time apart", async () => {
  await loadChecksums();
  for (const algorithm of checksumAlgorithms) {
    const checksums = ["1234", "abcd"].map((text) => ({ text, checksum: createChecksum(algorithm) }));

    for (let round = 0; round < 3; round++) {
      for (const { text, checksum } of checksums) checksum.update(Buffer.from(text));
    }

    for (const { text, checksum } of checksums) {
      const alone = createChecksum(algorithm);
      alone.update(Buffer.from(text.repeat(3)));
      expect(checksum.digest()).toBe(alone.digest());
    }
  }
});

test("refuses an algorithm it does not have", () => {
  const name: string = "MD5";

  expect(() => createChecksum(name as ChecksumAlgorithm)).toThrow(TypeError);
  expect(() => checksumOf(name as ChecksumAlgorithm, Buffer.alloc(0))).toThrow(TypeError);
});

describe("the JavaScript implementations", () => {
  const random = randomNumbers(seed);
  const bytes = Uint8Array.from({ length: 20_000 }, () => random() * 256);
  let wasm: Crc64Function;
  beforeAll(async () => {
    wasm = await loadWasmCrc64();
  });

  test("agree with the fast ones for every length and alignment up to 40", () => {
    expect(native.isNative).toBe(true);
    for (let start = 0; start < 8; start++) {
      for (let length = 0; length <= 40; length++) {
        const part = bytes.subarray(start, start + length);
        expect(slicingCrc32c(part, 0x1234_5678)).toBe(native.crc32c(part, 0x1234_5678));
        expect(slicingCrc64(part, 0xfedc_ba98_7654_3210n)).toBe(wasm(part, 0xfedc_ba98_7654_3210n));
      }
    }
  });

  test("agree with the fast one where it changes from lanes to bytes, and from piece to piece", () => {
    const large = Uint8Array.from({ length: 256 * 1024 + 5000 }, (_, at) => (at * 31 + (at >> 7)) % 256);

    for (const length of [4095, 4096, 4097, 4104, 8191, 8192, 12_289, 262_143, 262_144, 262_145, large.length]) {
      for (const start of [0, 3]) {
        const part = large.subarray(start, length);
        expect(wasm(part, 0xfedc_ba98_7654_3210n)).toBe(slicingCrc64(part, 0xfedc_ba98_7654_3210n));
      }
    }
  });

  test(`agree with the fast ones over random splits (seed ${seed})`, () => {
    let crc32c = 0;
    let crc64 = 0n;
    for (const chunk of randomSplits(bytes, random)) {
      crc32c = slicingCrc32c(chunk, crc32c);
      crc64 = slicingCrc64(chunk, crc64);
    }

    expect(crc32c).toBe(native.crc32c(bytes, 0));
    expect(crc64).toBe(wasm(bytes, 0n));
  });

  test("carry on where the fast ones stopped, and the other way round", () => {
    const [first, rest] = [bytes.subarray(0, 5003), bytes.subarray(5003)];

    expect(wasm(rest, slicingCrc64(first, 0n))).toBe(wasm(bytes, 0n));
    expect(slicingCrc64(rest, wasm(first, 0n))).toBe(wasm(bytes, 0n));
  });

  test("take over when the native package cannot be loaded", () => {
    const fallback = loadCrc32(() => {
      throw new Error("Cannot find native binding");
    });

    expect(fallback).toEqual({ crc32, crc32c: slicingCrc32c, isNative: false });
  });
});

test("says which implementations are in use", async () => {
  expect(await loadChecksums()).toEqual({ CRC32: "native", CRC32C: "native", CRC64NVME: "wasm" });
});

function* randomSplits(bytes: Uint8Array, random: () => number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + Math.ceil(random() ** 4 * 70_000);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Numbers in [0, 1) that a seed repeats: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomNumbers(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
