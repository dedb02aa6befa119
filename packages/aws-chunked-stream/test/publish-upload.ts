import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type DecodeChunkedOptions, decodeChunked } from "@stave/aws-chunked-stream";

/** The file appears at `path` when the body has proved right to its end, or not at all. */
export async function publishUpload(request: Readable, path: string, options: DecodeChunkedOptions): Promise<void> {
  const unpublished = `${path}.${crypto.randomUUID()}.part`;
  try {
    await pipeline(request, decodeChunked(options), createWriteStream(unpublished, { flags: "wx", flush: true }));
    await rename(unpublished, path);
  } catch (error) {
    await rm(unpublished, { force: true });
    throw error;
  }
}
