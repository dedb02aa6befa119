// aws-chunked content encoding: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { hash } from "node:crypto";
import { assertByteCount } from "./assert-byte-count.ts";
import { ChunkError } from "./chunk-error.ts";
import { assertChunkSize, DEFAULT_CHUNK_SIZE_BYTES, headerSizeBytes } from "./chunk-layout.ts";
import { type ChunkSigner, type ChunkSigning, createSignerFor, EMPTY_SHA256 } from "./chunk-signer.ts";
import { type ChunkedPayloadMode, readMode } from "./chunked-payload-mode.ts";
import { writeTrailers } from "./write-trailers.ts";

export interface EncodeChunkedOptions {
  readonly mode: ChunkedPayloadMode;
  /** `x-amz-decoded-content-length`. Encoding fails unless exactly this many bytes go in. */
  readonly decodedSizeBytes: number;
  /** Required by the signed modes: the signature of the request head that was, or will be, sent with this body. */
  readonly signing?: ChunkSigning;
  /**
   * Data in each chunk but the last, whatever pieces it comes in: 8192, the least that AWS takes, to 16777216. It is also
   * how much is kept in memory.
   * @default 65536
   */
  readonly chunkSizeBytes?: number;
  /**
   * Called once, after the last byte: the place to finish a checksum. Lower-case names, no signature; at most 16 lines.
   * @default no trailers
   */
  readonly trailers?: () => ReadonlyMap<string, string>;
}

/** The encoder under both public forms. The first error it throws is final: it must not be fed afterwards. */
export interface ChunkedEncoder {
  push(input: Buffer): Generator<Buffer, void, undefined>;
  end(): Buffer;
}

export function createChunkedEncoder(options: EncodeChunkedOptions): ChunkedEncoder {
  const { mode, decodedSizeBytes, chunkSizeBytes = DEFAULT_CHUNK_SIZE_BYTES, trailers } = options;
  assertByteCount("decodedSizeBytes", decodedSizeBytes);
  assertChunkSize(chunkSizeBytes);
  const { isSigned, hasTrailers } = readMode(mode);
  if (trailers && !hasTrailers) throw new TypeError(`Expected no \`trailers\` for mode ${mode}, which has none`);
  const signer = createSignerFor(options);
  let bytesLeft = decodedSizeBytes;
  let chunk: OpenChunk | undefined;

  return {
    *push(input) {
      if (input.length > bytesLeft) throw wrongLength(decodedSizeBytes, "more");
      let position = 0;
      while (position < input.length) {
        // How long the body is, is known: so the size of every chunk is, and its bytes are copied to their place at once.
        chunk ??= openChunk(Math.min(chunkSizeBytes, bytesLeft), isSigned);
        const copiedBytes = input.copy(chunk.frame, chunk.end, position, position + chunk.missingBytes);
        position += copiedBytes;
        bytesLeft -= copiedBytes;
        chunk.end += copiedBytes;
        chunk.missingBytes -= copiedBytes;
        if (chunk.missingBytes > 0) continue;
        yield closeChunk(chunk, signer);
        chunk = undefined;
      }
    },
    end() {
      if (bytesLeft > 0) throw wrongLength(decodedSizeBytes, "fewer");
      const lastChunk = Buffer.from(chunkHeader(0, signer?.signChunk(EMPTY_SHA256)));
      return Buffer.concat([lastChunk, writeTrailers(trailers?.() ?? new Map(), hasTrailers ? signer : undefined)]);
    },
  };
}

/** A chunk as it will leave: room for its header, the data, room for CRLF. */
type OpenChunk = {
  readonly frame: Buffer;
  readonly sizeBytes: number;
  /** Where the next data goes. */
  end: number;
  missingBytes: number;
};

function openChunk(sizeBytes: number, isSigned: boolean): OpenChunk {
  const start = headerSizeBytes(sizeBytes, isSigned);
  const frame = Buffer.allocUnsafeSlow(start + sizeBytes + 2);
  return { frame, sizeBytes, end: start, missingBytes: sizeBytes };
}

function closeChunk({ frame, sizeBytes, end }: OpenChunk, signer: ChunkSigner | undefined): Buffer {
  const signed = signer?.signChunk(hash("sha256", frame.subarray(end - sizeBytes, end)));
  frame.write(chunkHeader(sizeBytes, signed), 0, "latin1");
  frame.write("\r\n", end, "latin1");
  return frame;
}

function chunkHeader(sizeBytes: number, signature: string | undefined): string {
  const size = sizeBytes.toString(16);
  return signature ? `${size};chunk-signature=${signature}\r\n` : `${size}\r\n`;
}

function wrongLength(expectedBytes: number, than: "more" | "fewer"): ChunkError {
  return new ChunkError("IncompleteBody", `Expected ${expectedBytes} bytes to encode, got ${than}`);
}
