import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createChunkedDecoder } from "../src/chunked-decoder.ts";
import { createChunkedEncoder } from "../src/chunked-encoder.ts";
import { ChunkError, type ChunkedPayloadMode, encodedSizeBytes } from "../src/index.ts";
import { signedPieces, signing } from "./chunked-body.ts";
import { decode, decodeIterable, encode, encodeIterable } from "./decode.ts";

// fast-check prints seed and path of a failure. STAVE_PROPERTY_RUNS=100000 for the long run.
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 300);
const timeoutMs = 5000 + numRuns * 10;

const signedMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const trailerMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const unsignedMode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

type Body = {
  readonly mode: ChunkedPayloadMode;
  readonly chunks: readonly Buffer[];
  readonly trailers: Readonly<Record<string, string>>;
};

// The same in every run, so that a seed repeats a failure.
const pool = createHash("shake256", { outputLength: 50_000 }).digest();

// Slices of random bytes: fast-check makes long arrays seldom and slowly.
const bytes = (range: { min?: number; max: number }) =>
  fc.tuple(fc.integer({ min: 0, ...range }), fc.nat({ max: 1000 })).map(([size, at]) => pool.subarray(at, at + size));
const noise = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" }).map((value) => Buffer.from(value));
const trailers = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/),
  fc.stringMatching(/^([!-~]([ -~]{0,8}[!-~])?)?$/),
  { maxKeys: 3 },
);
const body: fc.Arbitrary<Body> = fc.record({
  mode: fc.constantFrom(signedMode, trailerMode, unsignedMode),
  chunks: fc.array(bytes({ min: 1, max: 300 }), { maxLength: 5 }),
  trailers,
});
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe("decoding", () => {
  test(
    "security S34: any split of any valid body comes to the same bytes and trailers, held back or not",
    () => {
      fc.assert(
        fc.property(body, cuts, fc.constantFrom("nothing", "chunk"), (sent, at, hold) => {
          const outcome = run(split(write(sent), at), { ...optionsOf(sent), hold });

          expect(outcome).toEqual({ decoded: Buffer.concat(sent.chunks).toString("hex"), trailers: trailersOf(sent) });
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );

  test(
    "security S10: any single-bit change of a signed body is refused, or is the case of a letter that may have either",
    () => {
      const signed = body.filter(({ mode }) => mode !== unsignedMode);
      fc.assert(
        fc.property(signed, fc.nat(), cuts, (sent, bit, at) => {
          const original = write(sent);
          const changed = Buffer.from(original);
          const index = (bit >> 3) % original.length;
          changed.writeUInt8(original.readUInt8(index) ^ (1 << (bit & 7)), index);

          const outcome = run(split(changed, at), optionsOf(sent));

          // Clients write sizes with `A` or `a`, and trailers are headers: neither changes what is read.
          if (isSameButForCase(original, changed, index)) {
            const unchanged = { decoded: Buffer.concat(sent.chunks).toString("hex"), trailers: trailersOf(sent) };
            if (outcome !== "ChunkError") expect(outcome).toEqual(unchanged);
          } else {
            expect(outcome).toBe("ChunkError");
          }
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );

  test(
    "security S34: random bytes throw nothing but a ChunkError, and never come to more than was announced",
    () => {
      const grammar = fc.constantFrom(
        "\r\n",
        "0\r\n",
        "5\r\n",
        "5;chunk-signature=",
        "a:1\r\n",
        "\n",
        ";",
        ":",
        "0".repeat(64),
      );
      const piece = fc.oneof(
        noise(60),
        grammar.map((text) => Buffer.from(text)),
      );
      const mode = fc.constantFrom<ChunkedPayloadMode>(signedMode, trailerMode, unsignedMode);
      const sizes = fc.constantFrom(0, 1, 5, 2 ** 40);
      fc.assert(
        fc.property(mode, fc.array(piece, { maxLength: 12, size: "max" }), sizes, (name, inputs, decodedSizeBytes) => {
          const outcome = run(inputs, { mode: name, signing, decodedSizeBytes, hold: "chunk" });

          if (outcome !== "ChunkError") expect(outcome.decoded.length).toBe(decodedSizeBytes * 2);
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );

  test(
    "security S34: noise inside a valid body throws nothing but a ChunkError",
    () => {
      fc.assert(
        fc.property(body, fc.nat(), fc.nat({ max: 3 }), noise(40), (sent, at, skipped, inserted) => {
          const original = write(sent);
          const position = at % (original.length + 1);
          const inputs = [original.subarray(0, position), inserted, original.subarray(position + skipped)];
          const options = optionsOf(sent);

          const outcome = run(inputs, options);

          if (outcome !== "ChunkError") expect(outcome.decoded.length).toBe(options.decodedSizeBytes * 2);
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );
});

describe("encoding", () => {
  const modes = fc.constantFrom<ChunkedPayloadMode>(signedMode, trailerMode, unsignedMode);

  test(
    "what the encoder writes decodes to what went in, however both were split, and is as long as said",
    () => {
      fc.assert(
        fc.property(modes, bytes({ max: 40_000 }), trailers, cuts, cuts, (mode, data, given, inputCuts, bodyCuts) => {
          const sent = { mode, chunks: [data], trailers: given };
          const options = { mode, signing, decodedSizeBytes: data.length, chunkSizeBytes: 8192 };
          const all = new Map(Object.entries(trailersOf(sent)));
          const encoder = createChunkedEncoder(mode === signedMode ? options : { ...options, trailers: () => all });

          const output = split(data, inputCuts).flatMap((input) => [...encoder.push(input)]);
          const encoded = Buffer.concat([...output, encoder.end()]);

          const trailerSizes = Object.fromEntries(Array.from(all, ([name, value]) => [name, value.length]));
          expect(encoded.length).toBe(encodedSizeBytes({ ...options, trailerSizes }));
          const outcome = run(split(encoded, bodyCuts), optionsOf(sent));
          expect(outcome).toEqual({ decoded: data.toString("hex"), trailers: trailersOf(sent) });
        }),
        { numRuns },
      );
    },
    timeoutMs,
  );

  test("both public forms do the same", async () => {
    await fc.assert(
      fc.asyncProperty(modes, bytes({ max: 40_000 }), cuts, async (mode, data, at) => {
        const options = { mode, signing, decodedSizeBytes: data.length, chunkSizeBytes: 8192 };
        const encoded = await encode(split(data, at), options);

        expect((await encodeIterable(split(data, at), options)).equals(encoded)).toBe(true);
        expect((await decode(split(encoded, at), options)).equals(data)).toBe(true);
        expect((await decodeIterable(split(encoded, at), options)).equals(data)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

type Outcome = { readonly decoded: string; readonly trailers: Readonly<Record<string, string>> } | "ChunkError";

/** The decoder under both public forms, without their promises. Anything but a ChunkError escapes. */
function run(inputs: readonly Buffer[], options: Parameters<typeof createChunkedDecoder>[0]): Outcome {
  let received: ReadonlyMap<string, string> = new Map();
  const decoder = createChunkedDecoder({ ...options, onTrailers: (values) => (received = values) });
  try {
    const output = inputs.flatMap((input) => [...decoder.push(input)]);
    decoder.end();
    return { decoded: Buffer.concat(output).toString("hex"), trailers: Object.fromEntries(received) };
  } catch (error) {
    if (error instanceof ChunkError) return "ChunkError";
    throw error;
  }
}

function write({ mode, chunks, trailers: given }: Body): Buffer {
  if (mode === signedMode) return Buffer.concat(signedPieces(chunks));
  if (mode === trailerMode) return Buffer.concat(signedPieces(chunks, given));
  const lines = Object.entries(given).map(([name, value]) => `${name}:${value}\r\n`);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...framed, Buffer.from(`0\r\n${lines.join("")}\r\n`)]);
}

function optionsOf({ mode, chunks }: Body) {
  return { mode, signing, decodedSizeBytes: Buffer.concat(chunks).length };
}

function trailersOf({ mode, trailers: given }: Body): Readonly<Record<string, string>> {
  return mode === signedMode ? {} : { ...given };
}

function split(whole: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
}

function isSameButForCase(original: Buffer, changed: Buffer, index: number): boolean {
  const [before, after] = [original, changed].map((from) => from.toString("latin1", index, index + 1));
  return before !== undefined && /[a-z]/i.test(before) && before.toLowerCase() === after?.toLowerCase();
}
