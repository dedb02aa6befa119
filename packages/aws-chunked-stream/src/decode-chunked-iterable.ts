import { createChunkedDecoder, type DecodeChunkedOptions } from "./chunked-decoder.ts";

/**
 * The async-iterable form of {@link decodeChunked}: same options, same errors, same rule that nothing may be kept unless
 * the iteration ends cleanly. Leaving the loop early closes the source.
 *
 * @example
 * for await (const bytes of decodeChunkedIterable(request, { mode, decodedSizeBytes, signing })) await file.write(bytes);
 */
export function decodeChunkedIterable(
  source: AsyncIterable<Uint8Array>,
  options: DecodeChunkedOptions,
): AsyncGenerator<Buffer, void, undefined> {
  // Not an async generator itself: bad options fail at the call, not at the first read.
  return decode(source, createChunkedDecoder(options));
}

async function* decode(
  source: AsyncIterable<Uint8Array>,
  decoder: ReturnType<typeof createChunkedDecoder>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const input of source) {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    // Not `yield*`: over a synchronous generator it costs a body that comes byte by byte a third of its speed.
    for (const output of decoder.push(bytes)) yield output;
  }
  decoder.end();
}
