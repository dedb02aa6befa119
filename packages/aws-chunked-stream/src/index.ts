export { ChunkError, type ChunkErrorCode } from "./chunk-error.ts";
export type { ChunkedPayloadMode, DecodeChunkedOptions } from "./chunked-decoder.ts";
export { decodeChunked } from "./decode-chunked.ts";
export { decodeChunkedIterable } from "./decode-chunked-iterable.ts";
export type { ChunkSigning } from "./signature-chain.ts";
