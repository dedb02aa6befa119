import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { decodeChunked } from "@stave/aws-chunked-stream";

/** Saves the body of `PUT` with `x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER`; returns its trailers. */
export async function saveUpload(request: IncomingMessage, path: string): Promise<ReadonlyMap<string, string>> {
  let trailers: ReadonlyMap<string, string> = new Map();
  const decoded = decodeChunked({
    mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    decodedSizeBytes: Number(request.headers["x-amz-decoded-content-length"]),
    expectedTrailers: ["x-amz-checksum-crc32"],
    onTrailers: (values) => {
      trailers = values;
    },
  });
  // Rejects unless the body was complete: then delete the file.
  await pipeline(request, decoded, createWriteStream(path));
  return trailers;
}
