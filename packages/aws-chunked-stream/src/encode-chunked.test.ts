import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { signedPieces, signing } from "../test/chunked-body.ts";
import { bytesOf, decode, encode, encodeIterable } from "../test/decode.ts";
import type { EncodeChunkedOptions } from "./chunked-encoder.ts";
import { encodeChunked } from "./encode-chunked.ts";
import { encodeChunkedIterable } from "./encode-chunked-iterable.ts";
import { encodedSizeBytes } from "./encoded-size-bytes.ts";

const signed = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signing, decodedSizeBytes: 5 } as const;
const signedTrailer = { ...signed, mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" } as const;
const unsigned = { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", decodedSizeBytes: 5 } as const;
const hello = [Buffer.from("hello")];
const crc = new Map([["x-amz-checksum-crc32", "NhCmhg=="]]);

describe("options", () => {
  test.each([
    ["an ECDSA mode", { ...signed, mode: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" as never }, /`mode`/],
    ["a signed mode without signing", { mode: signed.mode, decodedSizeBytes: 5 }, /`signing`/],
    ["a length that is no number", { ...unsigned, decodedSizeBytes: Number.NaN }, /`decodedSizeBytes`/],
    ["chunks that AWS refuses", { ...unsigned, chunkSizeBytes: 8191 }, /`chunkSizeBytes`/],
    ["chunks of parts of bytes", { ...unsigned, chunkSizeBytes: 8192.5 }, /`chunkSizeBytes`/],
    ["chunks that do not fit into memory", { ...unsigned, chunkSizeBytes: 2 ** 24 + 1 }, /`chunkSizeBytes`/],
    ["trailers in the mode that has none", { ...signed, trailers: () => crc }, /`trailers`/],
  ])("refuse %s before anything is read", (_title, options: EncodeChunkedOptions, message) => {
    expect(() => encodeChunked(options)).toThrow(message);
    expect(() => encodeChunkedIterable(Readable.from([]), options)).toThrow(TypeError);
  });

  test.each([
    ["trailers in the mode that has none", { ...signed, trailerSizes: { a: 1 } }, /`trailerSizes`/],
    ["a trailer of negative size", { ...unsigned, trailerSizes: { a: -1 } }, /`trailerSizes\["a"\]`/],
    ["a negative length", { ...unsigned, decodedSizeBytes: -1 }, /`decodedSizeBytes`/],
    ["chunks that AWS refuses", { ...unsigned, chunkSizeBytes: 1 }, /`chunkSizeBytes`/],
  ])("of a size in advance refuse %s", (_title, options, message) => {
    expect(() => encodedSizeBytes(options)).toThrow(message);
  });
});

describe("the encoded body", () => {
  test.each([
    ["signed", signed, signedPieces(["hello"])],
    [
      "signed with trailers",
      { ...signedTrailer, trailers: () => crc },
      signedPieces(["hello"], Object.fromEntries(crc)),
    ],
    [
      "unsigned with trailers",
      { ...unsigned, trailers: () => crc },
      [Buffer.from("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")],
    ],
    ["unsigned without any trailer", unsigned, [Buffer.from("5\r\nhello\r\n0\r\n\r\n")]],
    ["empty", { ...signed, decodedSizeBytes: 0 }, signedPieces([])],
  ])("is what the specification says: %s", async (_title, options: EncodeChunkedOptions, expected) => {
    const source = options.decodedSizeBytes === 0 ? [] : hello;

    expect(`${await encode(source, options)}`).toBe(`${Buffer.concat(expected)}`);
    expect(`${await encodeIterable(source, options)}`).toBe(`${Buffer.concat(expected)}`);
  });

  test("has chunks of one size and a rest, whatever pieces come in", async () => {
    const data = Buffer.alloc(20_000, "x");
    const options = { ...unsigned, decodedSizeBytes: data.length, chunkSizeBytes: 8192 };

    const encoded = await encode(bytesOf(data), options);

    expect(`${encoded}`.match(/^[0-9a-f]+\r$/gm)).toEqual(["2000\r", "2000\r", "e20\r", "0\r"]);
    expect((await encode([data], options)).equals(encoded)).toBe(true);
  });

  test.each([0, 1, 8191, 8192, 8193, 24_576])(
    "of %d bytes is as long as said in advance, in every mode",
    async (size) => {
      const data = Buffer.alloc(size, "x");
      const modes = [
        { ...signed, trailers: undefined },
        { ...signedTrailer, trailers: () => crc },
        { ...unsigned, trailers: () => crc },
      ];
      for (const { trailers, ...mode } of modes) {
        const options = { ...mode, decodedSizeBytes: size, chunkSizeBytes: 8192 };
        const trailerSizes: Record<string, number> = trailers ? { "x-amz-checksum-crc32": 8 } : {};

        const encoded = await encode([data], trailers ? { ...options, trailers } : options);

        expect(encoded.length).toBe(encodedSizeBytes({ ...options, trailerSizes }));
      }
    },
  );

  test("has 5 TiB counted exactly", () => {
    const [decodedSizeBytes, chunkSizeBytes] = [5 * 2 ** 40 + 1, 65_536];
    const chunks = 5 * 2 ** 24;

    const expected = chunks * (5 + 2 + chunkSizeBytes + 2) + (1 + 2 + 1 + 2) + (1 + 2) + 2;

    expect(encodedSizeBytes({ ...unsigned, decodedSizeBytes })).toBe(expected);
  });
});

describe("a source", () => {
  test.each([
    ["of fewer bytes", { ...signed, decodedSizeBytes: 6 }],
    ["of more bytes", { ...signed, decodedSizeBytes: 4 }],
    ["that should have been empty", { ...signed, decodedSizeBytes: 0 }],
  ])("%s never becomes a well-formed body", async (_title, options) => {
    await expect(encode(hello, options)).rejects.toMatchObject({ name: "ChunkError", code: "IncompleteBody" });
    await expect(encodeIterable(hello, options)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test("that fails, fails the body", async () => {
    async function* source() {
      yield Buffer.from("hel");
      throw new Error("disk error");
    }

    await expect(buffer(encodeChunkedIterable(source(), signed))).rejects.toThrow("disk error");
  });

  test("is closed when the reader leaves early", async () => {
    const source = Readable.from([Buffer.alloc(9000), Buffer.alloc(9000)]);
    const options = { ...unsigned, decodedSizeBytes: 18_000, chunkSizeBytes: 8192 };

    for await (const _bytes of encodeChunkedIterable(source, options)) break;

    expect(source.destroyed).toBe(true);
  });
});

describe("trailers", () => {
  test("are asked for once, after the last byte, and come out of the decoder as they went in", async () => {
    const trailers = new Map([
      ["x-amz-checksum-crc32", "NhCmhg=="],
      ["a-note", Buffer.from("voilà").toString("latin1")],
      ["empty", ""],
    ]);
    let bytesSeen = 0;
    let seenAtCall = -1;
    const source = (async function* () {
      for (const bytes of bytesOf("hello")) {
        bytesSeen += bytes.length;
        yield bytes;
      }
    })();
    const write = () => {
      seenAtCall = bytesSeen;
      return trailers;
    };

    const encoded = await buffer(encodeChunkedIterable(source, { ...signedTrailer, trailers: write }));

    expect(seenAtCall).toBe(5);
    const expectedTrailers = [...trailers.keys()];
    let received: ReadonlyMap<string, string> | undefined;
    await decode([encoded], { ...signedTrailer, expectedTrailers, onTrailers: (values) => (received = values) });
    expect(Object.fromEntries(received ?? [])).toEqual(Object.fromEntries(trailers));
  });

  test.each([
    ["a line end in a value", [["a", "1\r\nx-amz-meta: 2"]]],
    ["a character outside latin1", [["a", "\u2713"]]],
    ["a blank at the end of a value", [["a", "1 "]]],
    ["a name in capitals", [["A", "1"]]],
    ["a colon in a name", [["a:b", "1"]]],
    ["an empty name", [["", "1"]]],
    ["a signature of one's own", [["x-amz-trailer-signature", "0".repeat(64)]]],
    ["17 of them", Array.from({ length: 17 }, (_, at) => [`t${at}`, "1"])],
  ])("with %s fail the stream", async (_title, entries) => {
    const trailers = () => new Map(entries as [string, string][]);

    await expect(encode(hello, { ...signedTrailer, trailers })).rejects.toThrow(TypeError);
  });

  test("that throw fail the stream with what they throw", async () => {
    const trailers = () => {
      throw new Error("no checksum");
    };

    await expect(encode(hello, { ...unsigned, trailers })).rejects.toThrow("no checksum");
  });
});
