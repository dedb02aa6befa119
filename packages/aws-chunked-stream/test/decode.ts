import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import {
  type DecodeChunkedOptions,
  decodeChunked,
  decodeChunkedIterable,
  type EncodeChunkedOptions,
  encodeChunked,
  encodeChunkedIterable,
} from "../src/index.ts";

/** What a consumer gets that waits for the end, from the stream form. */
export async function decode(inputs: readonly Uint8Array[], options: DecodeChunkedOptions): Promise<Buffer> {
  let decoded: Buffer = Buffer.alloc(0);
  await pipeline(Readable.from(inputs), decodeChunked(options), async (output) => {
    decoded = await buffer(output);
  });
  return decoded;
}

/** The same from the async-iterable form. */
export function decodeIterable(inputs: readonly Uint8Array[], options: DecodeChunkedOptions): Promise<Buffer> {
  return buffer(decodeChunkedIterable(Readable.from(inputs), options));
}

/** What comes out of the encoder's stream form. */
export async function encode(inputs: readonly Uint8Array[], options: EncodeChunkedOptions): Promise<Buffer> {
  let encoded: Buffer = Buffer.alloc(0);
  await pipeline(Readable.from(inputs), encodeChunked(options), async (output) => {
    encoded = await buffer(output);
  });
  return encoded;
}

/** The same from the async-iterable form. */
export function encodeIterable(inputs: readonly Uint8Array[], options: EncodeChunkedOptions): Promise<Buffer> {
  return buffer(encodeChunkedIterable(Readable.from(inputs), options));
}

export function bytesOf(body: string | Buffer): Buffer[] {
  return Array.from(Buffer.from(body), (byte) => Buffer.of(byte));
}
