import { PassThrough } from "node:stream";
import { HeadBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Request } from "express";
import { isUnreachable } from "./s3-problem.ts";
import { clientGone, type StoreBodyInput, type StoredBody, storeParts, storeWhole, tooLarge } from "./store-parts.ts";

/** S3 takes no more at once. */
const maxPutBytes = 5 * 1024 ** 3;

/**
 * Stores the bytes that follow a request. They are never held as a whole: with a known length they stream through, otherwise one part is in
 * memory at a time. What the client does not send to its end is not stored.
 */
export async function storeBody(client: S3Client, message: Request, input: StoreBodyInput): Promise<StoredBody> {
  const { maxBytes } = input;
  const length = message.headers["content-length"];
  const sizeBytes = length === undefined ? undefined : Number(length);
  if (sizeBytes !== undefined && sizeBytes > maxBytes) throw tooLarge(maxBytes);
  if (sizeBytes === 0 || (length === undefined && message.headers["transfer-encoding"] === undefined)) {
    return storeWhole(client, input, Buffer.alloc(0));
  }
  if (sizeBytes !== undefined && sizeBytes <= maxPutBytes) return putStream(client, message, { ...input, sizeBytes });
  return storeParts(client, message, input);
}

async function putStream(
  client: S3Client,
  message: Request,
  { sizeBytes, ...input }: StoreBodyInput & { readonly sizeBytes: number },
): Promise<StoredBody> {
  const gone = new AbortController();
  // Without this the service would wait for the rest.
  const leave = () => {
    if (!message.complete) gone.abort();
  };
  const body = new PassThrough();
  message.once("error", leave).once("close", leave);
  message.pipe(body); // not `pipeline`: what the service refuses is answered on the same connection
  try {
    const command = new PutObjectCommand({
      Bucket: input.bucket,
      Key: input.key,
      Body: body,
      ContentLength: sizeBytes,
      ...input.said,
    });
    const { ETag = "", VersionId = null } = await client.send(command, { abortSignal: gone.signal });
    return { etag: ETag, versionId: VersionId, sizeBytes };
  } catch (error) {
    if (gone.signal.aborted) throw clientGone(error);
    // A service that refuses in the middle may close the connection before its answer is read.
    if (isUnreachable(error)) await client.send(new HeadBucketCommand({ Bucket: input.bucket }));
    throw error;
  } finally {
    message.off("close", leave).unpipe(body);
    body.destroy();
  }
}
