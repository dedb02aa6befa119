// aws-chunked content encoding: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { Transform } from "node:stream";
import { createChunkedEncoder, type EncodeChunkedOptions } from "./chunked-encoder.ts";
import { settle } from "./settle.ts";

/**
 * Turns bytes into an aws-chunked request body: for a client, or to send a decoded and verified body on under another key.
 *
 * Bytes are gathered into chunks of one size; one chunk is kept at a time. Fails with `IncompleteBody` unless exactly
 * `decodedSizeBytes` come in, so that a source that broke off never ends as a well-formed body. A bad option is a
 * `TypeError` here and now, a bad trailer one at the end of the stream.
 *
 * @example
 * const trailers = () => new Map([["x-amz-checksum-crc32c", checksum.digest()]]);
 * await pipeline(file, encodeChunked({ mode, decodedSizeBytes, signing, trailers }), request);
 */
export function encodeChunked(options: EncodeChunkedOptions): Transform {
  const encoder = createChunkedEncoder(options);

  return new Transform({
    transform(input: Buffer, _encoding, done) {
      settle(done, () => {
        for (const bytes of encoder.push(input)) this.push(bytes);
      });
    },
    flush(done) {
      settle(done, () => this.push(encoder.end()));
    },
  });
}
