import { ChunkError } from "./chunk-error.ts";
import { createPartParser } from "./part-parser.ts";
import { type ChunkSigning, createSignatureChain } from "./signature-chain.ts";
import { createTrailerReader } from "./trailer-reader.ts";

/** The values of `x-amz-content-sha256` that this package decodes. */
export type ChunkedPayloadMode =
  | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
  | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
  | "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

export interface DecodeChunkedOptions {
  readonly mode: ChunkedPayloadMode;
  /** `x-amz-decoded-content-length`. Decoding fails unless exactly this many bytes come out of the body. */
  readonly decodedSizeBytes: number;
  /** Where the signature chain starts. Required by the signed modes, without meaning in the unsigned one. */
  readonly signing?: ChunkSigning;
  /**
   * The names announced in `x-amz-trailer`, in any case: each must come, no other may.
   * @default any trailers, or none
   */
  readonly expectedTrailers?: readonly string[];
  /**
   * Called once, with lower-case names, when the whole body has proved right and before the stream ends. The map is
   * empty if there are no trailers. What it throws fails the stream: the place to compare a trailing checksum.
   */
  readonly onTrailers?: (trailers: ReadonlyMap<string, string>) => void;
  /** Longest chunk header line, CRLF included. @default 256 */
  readonly maxChunkHeaderBytes?: number;
  /** Size of the whole trailer block, line ends and signature included. It has at most 16 lines. @default 8192 */
  readonly maxTrailerBytes?: number;
}

/** The decoder under both public forms. The first error it throws is final: it must not be fed afterwards. */
export interface ChunkedDecoder {
  push(input: Buffer): Generator<Buffer, void, undefined>;
  end(): void;
}

export function createChunkedDecoder(options: DecodeChunkedOptions): ChunkedDecoder {
  const { decodedSizeBytes, onTrailers, expectedTrailers, maxChunkHeaderBytes = 256, maxTrailerBytes = 8192 } = options;
  assertCount("decodedSizeBytes", decodedSizeBytes);
  assertCount("maxChunkHeaderBytes", maxChunkHeaderBytes);
  assertCount("maxTrailerBytes", maxTrailerBytes);
  const { isSigned, hasTrailers } = readMode(options.mode);
  const chain = isSigned ? createSignatureChain(requireSigning(options)) : undefined;
  // Without trailers there is nothing to read, but what was announced is still missed at the end.
  const trailers = createTrailerReader({ isSigned: isSigned && hasTrailers, expectedTrailers });
  const parser = createPartParser({
    isSigned,
    trailers: hasTrailers ? trailers : undefined,
    maxChunkHeaderBytes,
    maxTrailerBytes,
  });
  let bytesLeft = decodedSizeBytes;

  function openChunk(sizeBytes: number, signature: string): void {
    // Before any of its data: a chunk that announces too much is refused at its header.
    if (sizeBytes > bytesLeft) throw wrongLength(decodedSizeBytes, "more");
    if (sizeBytes === 0 && bytesLeft > 0) throw wrongLength(decodedSizeBytes, "fewer");
    bytesLeft -= sizeBytes;
    chain?.openChunk(signature);
    if (sizeBytes === 0) chain?.closeChunk();
  }

  return {
    *push(input) {
      for (const part of parser.push(input)) {
        if (part.kind === "chunk") {
          openChunk(part.sizeBytes, part.signature);
          continue;
        }
        chain?.update(part.bytes);
        if (part.endsChunk) chain?.closeChunk();
        yield part.bytes;
      }
    },
    end() {
      parser.end();
      if (hasTrailers) chain?.checkTrailers(trailers.values, trailers.signature);
      else trailers.end();
      onTrailers?.(trailers.values);
    },
  };
}

function assertCount(name: keyof DecodeChunkedOptions, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`Expected \`${name}\` to be a whole number of bytes, got ${value}`);
  }
}

function readMode(mode: ChunkedPayloadMode): { isSigned: boolean; hasTrailers: boolean } {
  switch (mode) {
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { isSigned: true, hasTrailers: false };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { isSigned: true, hasTrailers: true };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { isSigned: false, hasTrailers: true };
    default:
      // The two ECDSA modes end here: an unknown mode must never decode as an unsigned one.
      throw new TypeError(`Expected \`mode\` to be a mode without ECDSA, got ${JSON.stringify(mode satisfies never)}`);
  }
}

function requireSigning({ mode, signing }: DecodeChunkedOptions): ChunkSigning {
  if (signing === undefined) throw new TypeError(`Expected \`signing\` for mode ${mode}, got undefined`);
  return signing;
}

function wrongLength(expectedBytes: number, than: "more" | "fewer"): ChunkError {
  return new ChunkError("IncompleteBody", `Expected ${expectedBytes} decoded bytes, got ${than}`);
}
