// Chunk and trailer signatures: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// and https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { createHash, createHmac, type Hash, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import { ChunkError } from "./chunk-error.ts";

/** Where the chain of chunk signatures starts: what a verified request head leaves behind. */
export interface ChunkSigning {
  /** The SigV4 signing key of the request (derived for its date, region and service), as a secret `KeyObject`. */
  readonly signingKey: KeyObject;
  /** `YYYYMMDDTHHMMSSZ`, as in the request's string to sign. */
  readonly timestamp: string;
  /** `YYYYMMDD/region/service/aws4_request` */
  readonly credentialScope: string;
  /** The verified signature of the request itself: 64 lower-case hex digits. */
  readonly seedSignature: string;
}

/** Follows one body's signatures; each covers the one before it, so that chunks cannot be dropped or reordered. */
export interface SignatureChain {
  openChunk(signature: string): void;
  update(bytes: Buffer): void;
  /** Throws `SignatureDoesNotMatch` unless the bytes since `openChunk` carry its signature. */
  closeChunk(): void;
  /** Throws `SignatureDoesNotMatch` unless the trailers carry this signature. */
  checkTrailers(trailers: ReadonlyMap<string, string>, signature: string): void;
}

export function createSignatureChain(signing: ChunkSigning): SignatureChain {
  const { signingKey, timestamp, credentialScope, seedSignature } = signing;
  let previous = seedSignature;
  let claimed = "";
  let chunkHash: Hash = createHash("sha256");

  function check(what: "chunk" | "trailer", signature: string, signed: string): void {
    const expected = createHmac("sha256", signingKey).update(signed).digest("hex");
    if (!isSameSignature(signature, expected)) {
      throw new ChunkError("SignatureDoesNotMatch", `The ${what} signature does not match the ${what} as received`);
    }
    previous = expected;
  }

  return {
    openChunk(signature) {
      claimed = signature;
      chunkHash = createHash("sha256");
    },
    update(bytes) {
      chunkHash.update(bytes);
    },
    closeChunk() {
      const sha256 = chunkHash.digest("hex");
      const scope = `${timestamp}\n${credentialScope}\n${previous}`;
      check("chunk", claimed, `AWS4-HMAC-SHA256-PAYLOAD\n${scope}\n${EMPTY_SHA256}\n${sha256}`);
    },
    checkTrailers(trailers, signature) {
      const sha256 = hash("sha256", canonicalTrailers(trailers));
      const scope = `${timestamp}\n${credentialScope}\n${previous}`;
      check("trailer", signature, `AWS4-HMAC-SHA256-TRAILER\n${scope}\n${sha256}`);
    },
  };
}

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function isSameSignature(signature: string, expected: string): boolean {
  // The length is no secret: it is always 64.
  return (
    signature.length === expected.length &&
    timingSafeEqual(Buffer.from(signature, "latin1"), Buffer.from(expected, "latin1"))
  );
}

function canonicalTrailers(trailers: ReadonlyMap<string, string>): Buffer {
  const sorted = [...trailers].sort(([name], [other]) => (name < other ? -1 : 1));
  return Buffer.from(sorted.map(([name, value]) => `${name}:${value}\n`).join(""), "latin1");
}
