import { createHash, createHmac, createSecretKey } from "node:crypto";
import type { ChunkSigning } from "../src/index.ts";

/** A client's side of the encoding, written apart from the code under test. */
export const signing: ChunkSigning = {
  signingKey: createSecretKey(Buffer.from("dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378", "hex")),
  timestamp: "20130524T000000Z",
  credentialScope: "20130524/us-east-1/s3/aws4_request",
  seedSignature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
};

/** The pieces of a signed body: one per chunk, the last chunk, and the end (the trailer block, or an empty line). */
export function signedPieces(chunks: readonly (string | Buffer)[], trailers?: Record<string, string>): Buffer[] {
  let previous = signing.seedSignature;
  const scope = `${signing.timestamp}\n${signing.credentialScope}`;
  const sign = (text: string) => {
    previous = createHmac("sha256", signing.signingKey).update(text).digest("hex");
    return previous;
  };

  const pieces = [...chunks, ""].map((chunk) => {
    const data = Buffer.from(chunk);
    const toSign = `AWS4-HMAC-SHA256-PAYLOAD\n${scope}\n${previous}\n${sha256("")}\n${sha256(data)}`;
    const header = Buffer.from(`${data.length.toString(16)};chunk-signature=${sign(toSign)}\r\n`);
    return data.length === 0 ? header : Buffer.concat([header, data, CRLF]);
  });
  if (trailers === undefined) return [...pieces, CRLF];

  const names = Object.keys(trailers).sort();
  const canonical = Buffer.from(names.map((name) => `${name}:${trailers[name]}\n`).join(""), "latin1");
  const signature = sign(`AWS4-HMAC-SHA256-TRAILER\n${scope}\n${previous}\n${sha256(canonical)}`);
  const lines = names.map((name) => `${name}:${trailers[name]}\r\n`).join("");
  return [...pieces, Buffer.from(`${lines}x-amz-trailer-signature:${signature}\r\n\r\n`, "latin1")];
}

/** An unsigned body up to its last chunk; tests write what follows themselves. */
export function unsignedChunks(chunks: readonly string[]): string {
  return [...chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`), "0\r\n"].join("");
}

const CRLF = Buffer.from("\r\n");

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
