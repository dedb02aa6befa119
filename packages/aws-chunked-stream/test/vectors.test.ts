import { createSecretKey, hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ChunkedPayloadMode, encodedSizeBytes } from "../src/index.ts";
import { signedPieces, signing, unsignedChunks } from "./chunked-body.ts";
import { bytesOf, decode, decodeIterable, encode } from "./decode.ts";
import vectors from "./vectors/aws-chunked.json" with { type: "json" };

const payload = Buffer.alloc(vectors.request.payload.size, vectors.request.payload.fill);

describe.each(vectors.examples)("AWS example $name", (example) => {
  // The trailer vectors of aws-c-auth reuse the seed of a request whose header names the mode without trailers.
  const announced = example.headers["x-amz-content-sha256"] as ChunkedPayloadMode;
  const mode = example.name === "three-trailers" ? `${announced}-TRAILER` : announced;
  const body = bodyOf(example);
  const options = {
    mode: mode as ChunkedPayloadMode,
    decodedSizeBytes: payload.length,
    expectedTrailers: Object.keys(example.trailer?.headers ?? {}),
    signing: {
      signingKey: createSecretKey(Buffer.from(vectors.signingKey, "hex")),
      timestamp: vectors.timestamp,
      credentialScope: vectors.scope,
      seedSignature: example.seedSignature,
    },
  };

  test("is built here as published", () => {
    expect(body.length).toBe(example.bodyLength);
    expect(hash("sha256", body)).toBe(example.bodySha256);
  });

  test("decodes to its payload and trailers", async () => {
    let trailers: ReadonlyMap<string, string> | undefined;

    const decoded = await decode([body], { ...options, onTrailers: (values) => (trailers = values) });

    expect(decoded.equals(payload)).toBe(true);
    expect(Object.fromEntries(trailers ?? [])).toEqual(example.trailer?.headers ?? {});
  });

  test("decodes byte by byte, in both forms", async () => {
    expect((await decode(bytesOf(body), options)).equals(payload)).toBe(true);
    expect((await decodeIterable(bytesOf(body), options)).equals(payload)).toBe(true);
  });

  test("is what the encoder writes, byte for byte and as long as it says", async () => {
    const { expectedTrailers: _names, ...encoding } = options;
    const trailers = new Map(Object.entries(example.trailer?.headers ?? {}));
    const withTrailers = example.trailer === undefined ? encoding : { ...encoding, trailers: () => trailers };
    const trailerSizes = Object.fromEntries(Array.from(trailers, ([name, value]) => [name, value.length]));

    expect((await encode([payload], withTrailers)).equals(body)).toBe(true);
    expect(encodedSizeBytes({ ...encoding, trailerSizes })).toBe(example.bodyLength);
  });
});

function bodyOf(example: (typeof vectors.examples)[number]): Buffer {
  let offset = 0;
  const pieces = example.chunks.flatMap(({ size, header }) => {
    const data = payload.subarray(offset, offset + size);
    offset += size;
    const hasLineEnd = size > 0 || example.trailer === undefined;
    return [Buffer.from(header), data, Buffer.from(hasLineEnd ? "\r\n" : "")];
  });
  return Buffer.concat([...pieces, Buffer.from(example.trailer?.text ?? "")]);
}

const short = [
  { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body: Buffer.concat(signedPieces(["first", "2nd"])) },
  {
    mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    body: Buffer.concat(signedPieces(["first", "2nd"], { "x-amz-checksum-crc32": "AAAAAA==" })),
  },
  {
    mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    body: Buffer.from(`${unsignedChunks(["first", "2nd"])}\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n`),
  },
] as const;

describe.each(short)("a short $mode body", ({ mode, body }) => {
  const options = { mode, signing, decodedSizeBytes: 8 };

  test("decodes whole when split at any two positions", async () => {
    for (let first = 0; first <= body.length; first += 1) {
      const second = Math.min(body.length, first + (first % 7));
      const inputs = [body.subarray(0, first), body.subarray(first, second), body.subarray(second)];
      expect((await decodeIterable(inputs, options)).toString()).toBe("first2nd");
      expect((await decode(inputs, options)).toString()).toBe("first2nd");
    }
  });

  test("security S10: fails as cut off wherever it ends early", async () => {
    const whole = mode === "STREAMING-UNSIGNED-PAYLOAD-TRAILER" ? body.length - 2 : body.length;
    const announced = mode === "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ? [] : ["x-amz-checksum-crc32"];
    for (let end = 0; end < whole; end += 1) {
      const decoding = decodeIterable([body.subarray(0, end)], { ...options, expectedTrailers: announced });
      await expect(decoding).rejects.toMatchObject({
        code: expect.stringMatching(/^(IncompleteBody|MalformedTrailerError)$/),
      });
    }
  });
});
