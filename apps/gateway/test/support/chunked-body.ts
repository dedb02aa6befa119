// aws-chunked: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import type { StreamingMode } from "./s3-client.ts";

export interface ChunkedBodyOptions {
  readonly mode: StreamingMode;
  /** The request's own, whose signature starts the chain. */
  readonly authorization: string;
  /** `x-amz-date` */
  readonly timestamp: string;
  readonly secretAccessKey: string;
  /** @default 65,536 */
  readonly chunkSizeBytes?: number;
  /** @default the CRC32 of the body */
  readonly trailer?: readonly [name: string, value: string];
}

/** The client's side of the encoding, written apart from the code under test. */
export function chunkedBody(plain: Buffer, options: ChunkedBodyOptions): Buffer {
  const pieces =
    options.mode === "STREAMING-UNSIGNED-PAYLOAD-TRAILER" ? unsigned(plain, options) : signed(plain, options);
  return Buffer.concat(pieces);
}

/** `x-amz-checksum-crc32` of a body. */
export function crc32Base64(plain: string | Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(plain));
  return bytes.toString("base64");
}

function unsigned(plain: Buffer, options: ChunkedBodyOptions): Buffer[] {
  const chunks = split(plain, options).map((chunk) => Buffer.concat([text(`${hex(chunk)}\r\n`), chunk, text("\r\n")]));
  const [name, value] = trailerOf(plain, options);
  return [...chunks, text(`0\r\n${name}:${value}\r\n\r\n`)];
}

function signed(plain: Buffer, options: ChunkedBodyOptions): Buffer[] {
  const { mode, timestamp, secretAccessKey, authorization } = options;
  const scope = /Credential=[^/]+\/([^,]+),/.exec(authorization)?.[1] ?? "";
  let previous = /Signature=([0-9a-f]{64})/.exec(authorization)?.[1] ?? "";
  const key = scope.split("/").reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  const sign = (kind: string, hashes: string) => {
    previous = hmac(key, `AWS4-HMAC-SHA256-${kind}\n${timestamp}\n${scope}\n${previous}\n${hashes}`).toString("hex");
    return previous;
  };

  const pieces = [...split(plain, options), Buffer.alloc(0)].map((chunk) => {
    const signature = sign("PAYLOAD", `${sha256("")}\n${sha256(chunk)}`);
    const head = text(`${hex(chunk)};chunk-signature=${signature}\r\n`);
    return chunk.length === 0 ? head : Buffer.concat([head, chunk, text("\r\n")]);
  });
  if (mode === "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return [...pieces, text("\r\n")];
  const [name, value] = trailerOf(plain, options);
  const signature = sign("TRAILER", sha256(`${name}:${value}\n`));
  return [...pieces, text(`${name}:${value}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`)];
}

function split(plain: Buffer, { chunkSizeBytes = 65_536 }: ChunkedBodyOptions): Buffer[] {
  const count = Math.ceil(plain.length / chunkSizeBytes);
  return Array.from({ length: count }, (_, at) => plain.subarray(at * chunkSizeBytes, (at + 1) * chunkSizeBytes));
}

function trailerOf(plain: Buffer, { trailer }: ChunkedBodyOptions): readonly [string, string] {
  return trailer ?? ["x-amz-checksum-crc32", crc32Base64(plain)];
}

function hex(chunk: Buffer): string {
  return chunk.length.toString(16);
}

function text(value: string): Buffer {
  return Buffer.from(value, "latin1");
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
