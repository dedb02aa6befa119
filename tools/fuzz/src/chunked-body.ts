// aws-chunked, the client's side: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { crc32 } from "node:zlib";
import { hmac, type SignedHead, scopeOf, sha256, signingKey } from "./sigv4.ts";

export const streamingModes = [
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
] as const;
export type StreamingMode = (typeof streamingModes)[number];

export type ChunkSigning = Omit<SignedHead, "request"> & { readonly secret: string };

/** Small chunks, so that there are several. */
const chunkBytes = 7;

export function encodeChunks(plain: Buffer, mode: StreamingMode, signing: ChunkSigning): Buffer {
  const count = Math.min(Math.ceil(plain.length / chunkBytes), 12);
  const size = Math.ceil(plain.length / Math.max(count, 1));
  const chunks = Array.from({ length: count }, (_, at) => plain.subarray(at * size, (at + 1) * size));
  const trailer = `x-amz-checksum-crc32:${crc32Base64(plain)}`;
  if (mode === "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    const pieces = chunks.flatMap((chunk) => [text(`${chunk.length.toString(16)}\r\n`), chunk, text("\r\n")]);
    return Buffer.concat([...pieces, text(`0\r\n${trailer}\r\n\r\n`)]);
  }
  const chain = createChain(signing);
  const pieces = [...chunks, Buffer.alloc(0)].flatMap((chunk) => {
    const head = text(`${chunk.length.toString(16)};chunk-signature=${chain.signChunk(chunk)}\r\n`);
    return chunk.length === 0 ? [head] : [head, chunk, text("\r\n")];
  });
  if (!mode.endsWith("-TRAILER")) return Buffer.concat([...pieces, text("\r\n")]);
  const end = `${trailer}\r\nx-amz-trailer-signature:${chain.signTrailer(`${trailer}\n`)}\r\n\r\n`;
  return Buffer.concat([...pieces, text(end)]);
}

/** The bytes an encoded body carries, if it is well formed and, in a signed mode, every signature is right. */
export function decodeChunks(encoded: Buffer, mode: StreamingMode, signing: ChunkSigning): Buffer | undefined {
  const isSigned = mode !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  const chain = createChain(signing);
  const plain: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = encoded.indexOf("\r\n", at);
    if (end === -1) return undefined;
    const head = /^([0-9a-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(encoded.toString("latin1", at, end));
    if (head === null) return undefined;
    const size = Number.parseInt(head[1] ?? "", 16);
    const chunk = encoded.subarray(end + 2, end + 2 + size);
    if (chunk.length !== size) return undefined;
    if (isSigned && chain.signChunk(chunk) !== head[2]?.toLowerCase()) return undefined;
    at = end + 2 + size;
    if (size === 0) break;
    if (encoded.toString("latin1", at, at + 2) !== "\r\n") return undefined;
    at += 2;
    plain.push(chunk);
  }
  const lines = encoded.toString("latin1", at).split(/\r?\n/);
  const signature = lines.find((line) => /^x-amz-trailer-signature:/i.test(line))?.split(":")[1];
  if (mode === "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    const trailers = lines.filter((line) => line !== "" && !/^x-amz-trailer-signature:/i.test(line));
    const canonical = trailers
      .map((line) => {
        const colon = line.indexOf(":");
        return `${line.slice(0, colon).trim().toLowerCase()}:${line.slice(colon + 1).trim()}\n`;
      })
      .sort()
      .join("");
    if (chain.signTrailer(canonical) !== signature?.trim().toLowerCase()) return undefined;
  }
  return Buffer.concat(plain);
}

export function crc32Base64(plain: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(plain));
  return bytes.toString("base64");
}

function createChain({ signature, timestamp, secret }: ChunkSigning) {
  const scope = scopeOf(timestamp);
  const key = signingKey(secret, scope);
  let previous = signature;
  const sign = (kind: string, hashes: string) => {
    previous = hmac(key, `AWS4-HMAC-SHA256-${kind}\n${timestamp}\n${scope}\n${previous}\n${hashes}`).toString("hex");
    return previous;
  };
  return {
    signChunk: (chunk: Buffer) => sign("PAYLOAD", `${sha256("")}\n${sha256(chunk)}`),
    signTrailer: (canonical: string) => sign("TRAILER", sha256(canonical)),
  };
}

function text(value: string): Buffer {
  return Buffer.from(value, "latin1");
}
