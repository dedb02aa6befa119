import { assertByteCount } from "./assert-byte-count.ts";
import { ChunkError } from "./chunk-error.ts";
import { createChunkHold } from "./chunk-hold.ts";
import { type ChunkSigning, createSignerFor } from "./chunk-signer.ts";
import { type ChunkedPayloadMode, readMode } from "./chunked-payload-mode.ts";
import { createPartParser } from "./part-parser.ts";
import { createSignatureChain } from "./signature-chain.ts";
import { createTrailerReader } from "./trailer-reader.ts";

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
  /**
   * `"nothing"`: bytes leave as they arrive, before their chunk's signature is known. `"chunk"`: each chunk leaves as one
   * buffer when it is complete and, in the signed modes, carries its signature. Choose it if you act on bytes before the
   * end. It does not prove that the rest of the body will come, and in the unsigned mode it proves nothing about the bytes.
   * @default "nothing"
   */
  readonly hold?: "nothing" | "chunk";
  /** With `hold: "chunk"`, the most that is kept; a larger chunk is an `InvalidChunkSizeError`. @default 1048576 */
  readonly maxHeldBytes?: number;
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
  const { decodedSizeBytes, onTrailers, expectedTrailers } = options;
  const { maxHeldBytes = 1_048_576, maxChunkHeaderBytes = 256, maxTrailerBytes = 8192 } = options;
  assertByteCount("decodedSizeBytes", decodedSizeBytes);
  assertByteCount("maxHeldBytes", maxHeldBytes);
  assertByteCount("maxChunkHeaderBytes", maxChunkHeaderBytes);
  assertByteCount("maxTrailerBytes", maxTrailerBytes);
  const { isSigned, hasTrailers } = readMode(options.mode);
  const signer = createSignerFor(options);
  const chain = signer && createSignatureChain(signer);
  const hold = isHolding(options) ? createChunkHold(maxHeldBytes) : undefined;
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
    hold?.openChunk(sizeBytes);
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
        chain?.update(part.bytes, part.endsChunk);
        if (part.endsChunk) chain?.closeChunk();
        const bytes = hold ? hold.take(part.bytes) : part.bytes;
        if (bytes) yield bytes;
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

function isHolding({ hold = "nothing" }: DecodeChunkedOptions): boolean {
  if (hold === "chunk") return true;
  if (hold === "nothing") return false;
  // A misspelt protection must not be a missing one.
  throw new TypeError(`Expected \`hold\` to be "nothing" or "chunk", got ${JSON.stringify(hold satisfies never)}`);
}

function wrongLength(expectedBytes: number, than: "more" | "fewer"): ChunkError {
  return new ChunkError("IncompleteBody", `Expected ${expectedBytes} decoded bytes, got ${than}`);
}
