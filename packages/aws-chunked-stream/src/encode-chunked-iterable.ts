import { type ChunkedEncoder, createChunkedEncoder, type EncodeChunkedOptions } from "./chunked-encoder.ts";

/**
 * The async-iterable form of {@link encodeChunked}: same options, same errors. Leaving the loop early closes the source.
 *
 * @example
 * const body = Readable.from(encodeChunkedIterable(file, { mode, decodedSizeBytes, signing }));
 */
export function encodeChunkedIterable(
  source: AsyncIterable<Uint8Array>,
  options: EncodeChunkedOptions,
): AsyncGenerator<Buffer, void, undefined> {
  // Not an async generator itself: bad options fail at the call, not at the first read.
  return encode(source, createChunkedEncoder(options));
}

async function* encode(
  source: AsyncIterable<Uint8Array>,
  encoder: ChunkedEncoder,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const input of source) {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    // Not `yield*`: over a synchronous generator it costs a body that comes byte by byte a third of its speed.
    for (const output of encoder.push(bytes)) yield output;
  }
  yield encoder.end();
}
