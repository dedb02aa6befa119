import { createHash, type Hash, hash, timingSafeEqual } from "node:crypto";
import { ChunkError } from "./chunk-error.ts";
import { SIGNATURE_SIZE_BYTES } from "./chunk-layout.ts";
import { type ChunkSigner, EMPTY_SHA256 } from "./chunk-signer.ts";

/** Follows one body's signatures and compares them with those that the signer computes. */
export interface SignatureChain {
  openChunk(signature: string): void;
  /** The next bytes of the chunk, in one piece or many. */
  update(bytes: Buffer, endsChunk: boolean): void;
  /** Throws `SignatureDoesNotMatch` unless the bytes since `openChunk` carry its signature. */
  closeChunk(): void;
  /** Throws `SignatureDoesNotMatch` unless the trailers carry this signature. */
  checkTrailers(trailers: ReadonlyMap<string, string>, signature: string): void;
}

export function createSignatureChain(signer: ChunkSigner): SignatureChain {
  const [claimedBytes, expectedBytes] = [Buffer.alloc(SIGNATURE_SIZE_BYTES), Buffer.alloc(SIGNATURE_SIZE_BYTES)];
  let claimed = "";
  let running: Hash | undefined;
  let sha256 = EMPTY_SHA256;

  function check(what: "chunk" | "trailer", signature: string, expected: string): void {
    claimedBytes.write(signature, "latin1");
    expectedBytes.write(expected, "latin1");
    // The length is no secret: it is always 64.
    if (signature.length !== SIGNATURE_SIZE_BYTES || !timingSafeEqual(claimedBytes, expectedBytes)) {
      throw new ChunkError("SignatureDoesNotMatch", `The ${what} signature does not match the ${what} as received`);
    }
  }

  return {
    openChunk(signature) {
      claimed = signature;
      sha256 = EMPTY_SHA256;
    },
    update(bytes, endsChunk) {
      // A chunk in one piece needs no hash object, which costs as much as hashing 2 KiB.
      if (endsChunk && running === undefined) {
        sha256 = hash("sha256", bytes);
        return;
      }
      running ??= createHash("sha256");
      running.update(bytes);
      if (!endsChunk) return;
      sha256 = running.digest("hex");
      running = undefined;
    },
    closeChunk() {
      check("chunk", claimed, signer.signChunk(sha256));
    },
    checkTrailers(trailers, signature) {
      check("trailer", signature, signer.signTrailers(trailers));
    },
  };
}
