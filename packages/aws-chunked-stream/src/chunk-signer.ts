// Chunk and trailer signatures: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// and https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { createHmac, hash, type KeyObject } from "node:crypto";
import { type ChunkedPayloadMode, readMode } from "./chunked-payload-mode.ts";
import { sortTrailers } from "./trailer-syntax.ts";

/** Where the chain of chunk signatures starts: what a signed or verified request head leaves behind. */
export interface ChunkSigning {
  /** The SigV4 signing key of the request (derived for its date, region and service), as a secret `KeyObject`. */
  readonly signingKey: KeyObject;
  /** `YYYYMMDDTHHMMSSZ`, as in the request's string to sign. */
  readonly timestamp: string;
  /** `YYYYMMDD/region/service/aws4_request` */
  readonly credentialScope: string;
  /** The (verified) signature of the request itself: 64 lower-case hex digits. */
  readonly seedSignature: string;
}

/** Signs one body; each signature covers the one before it, so that chunks cannot be dropped or reordered. */
export interface ChunkSigner {
  /** The signature of the next chunk, from the hex SHA-256 of its data. */
  signChunk(sha256: string): string;
  signTrailers(trailers: ReadonlyMap<string, string>): string;
}

export function createChunkSigner(signing: ChunkSigning): ChunkSigner {
  const { signingKey, timestamp, credentialScope, seedSignature } = signing;
  let previous = seedSignature;

  function sign(kind: "PAYLOAD" | "TRAILER", signed: string): string {
    const text = `AWS4-HMAC-SHA256-${kind}\n${timestamp}\n${credentialScope}\n${previous}\n${signed}`;
    previous = createHmac("sha256", signingKey).update(text).digest("hex");
    return previous;
  }

  return {
    signChunk: (sha256) => sign("PAYLOAD", `${EMPTY_SHA256}\n${sha256}`),
    signTrailers: (trailers) => sign("TRAILER", hash("sha256", canonicalTrailers(trailers))),
  };
}

/** The signer of a signed mode, `undefined` for the unsigned one. A `TypeError` where `signing` is missing. */
export function createSignerFor(options: {
  readonly mode: ChunkedPayloadMode;
  readonly signing?: ChunkSigning;
}): ChunkSigner | undefined {
  const { mode, signing } = options;
  if (!readMode(mode).isSigned) return undefined;
  if (signing === undefined) throw new TypeError(`Expected \`signing\` for mode ${mode}, got undefined`);
  return createChunkSigner(signing);
}

export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function canonicalTrailers(trailers: ReadonlyMap<string, string>): Buffer {
  const lines = sortTrailers(trailers).map(([name, value]) => `${name}:${value}\n`);
  return Buffer.from(lines.join(""), "latin1");
}
