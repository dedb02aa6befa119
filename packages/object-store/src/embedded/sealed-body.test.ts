import { expect, test } from "vitest";
import { patterned } from "../testing/case-tools.ts";
import { createSealer, openWhole, sealWhole, storedBytes } from "./sealed-body.ts";

const key = patterned(32, 5);
const block = 65_536;

test("what is sealed in chunks of any size is what was sealed, and takes the announced room", () => {
  const bytes = patterned(200_000);
  for (const chunkBytes of [1, 7, 65_519, 65_520, 65_521, 65_536, 131_040, 200_000]) {
    for (const sizeBytes of [1, 65_520, 65_521, 131_040, 200_000]) {
      if (chunkBytes < 10 && sizeBytes > 65_521) continue; // enough blocks have been begun and ended
      const sealer = createSealer(key);
      const pieces: Buffer[] = [];
      for (let at = 0; at < sizeBytes; at += chunkBytes) {
        // As from a source that uses its buffer again.
        const chunk = Buffer.from(bytes.subarray(at, Math.min(at + chunkBytes, sizeBytes)));
        pieces.push(...sealer.update(chunk));
        chunk.fill(0);
      }
      const stored = Buffer.concat([...pieces, ...sealer.end()]);
      const { seal } = sealer;

      expect(stored.length, `${sizeBytes} in ${chunkBytes}`).toBe(storedBytes({ sizeBytes, seal }));
      expect(openWhole(stored, { sizeBytes, seal, key }).equals(bytes.subarray(0, sizeBytes))).toBe(true);
    }
  }
});

test("the same bytes under the same key never have the same stored form", () => {
  const [one, other] = [sealWhole(Buffer.alloc(64), key), sealWhole(Buffer.alloc(64), key)];

  expect(one.seal).not.toBe(other.seal);
  expect(one.stored).not.toEqual(other.stored);
});

test("a body without bytes has no seal and takes no room", () => {
  expect(sealWhole(new Uint8Array(), key)).toEqual({ stored: new Uint8Array(), seal: null });
});

test.each<[string, (stored: Buffer) => Buffer, sizeBytes: number]>([
  ["a flipped bit", (stored) => flip(stored, 70_000), 150_000],
  ["a flipped bit of what authenticates", (stored) => flip(stored, block - 1), 150_000],
  ["a missing last block", (stored) => stored.subarray(0, 2 * block), 131_040],
  ["a last block that is cut off", (stored) => stored.subarray(0, stored.length - 1), 149_999],
  ["a rest too short for a block", (stored) => stored.subarray(0, 2 * block + 3), 131_043],
  [
    "blocks in another order",
    (stored) =>
      Buffer.concat([stored.subarray(block, 2 * block), stored.subarray(0, block), stored.subarray(2 * block)]),
    150_000,
  ],
  [
    "a block of another body",
    (stored) => Buffer.concat([sealWhole(patterned(150_000), key).stored.subarray(0, block), stored.subarray(block)]),
    150_000,
  ],
])("%s is found, and no byte of it comes out", (_, change, sizeBytes) => {
  const { stored, seal } = sealWhole(patterned(150_000), key);

  const open = () => openWhole(change(Buffer.from(stored)), { sizeBytes, seal: seal ?? "", key });

  expect(open).toThrow(expect.objectContaining({ code: "ObjectDamaged" }));
});

test("another key opens nothing, and one of another length is a mistake of its caller", () => {
  const { stored, seal } = sealWhole(Buffer.from("text"), key);
  const open = (other: Uint8Array) => () => openWhole(stored, { sizeBytes: 4, seal: seal ?? "", key: other });

  expect(open(patterned(32, 6))).toThrow(expect.objectContaining({ code: "ObjectDamaged" }));
  expect(open(patterned(31, 5))).toThrow(TypeError);
});

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
