// aws-chunked content encoding: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { Transform } from "node:stream";
import { createChunkedDecoder, type DecodeChunkedOptions } from "./chunked-decoder.ts";
import { settle } from "./settle.ts";

/**
 * Turns an aws-chunked request body into the bytes it carries.
 *
 * Bytes leave as they arrive (unless `hold` says otherwise); a wrong signature fails the stream at the end of its chunk.
 * So nothing read from it may be kept unless it ends cleanly: it does so only if every chunk, every signature, the
 * trailers and the decoded length were right. Fails with a {@link ChunkError}. A bad option is a `TypeError` here and now.
 *
 * @example
 * await pipeline(request, decodeChunked({ mode, decodedSizeBytes, signing }), createWriteStream(path));
 */
export function decodeChunked(options: DecodeChunkedOptions): Transform {
  const decoder = createChunkedDecoder(options);

  return new Transform({
    transform(input: Buffer, _encoding, done) {
      settle(done, () => {
        for (const bytes of decoder.push(input)) this.push(bytes);
      });
    },
    flush(done) {
      settle(done, () => decoder.end());
    },
  });
}
