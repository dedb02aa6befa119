import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Request } from "express";
import { Problem } from "../http/problem.ts";

export type StoreBodyInput = {
  readonly bucket: string;
  readonly key: string;
  readonly maxBytes: number;
  /** What is told about the object, and conditions. */
  readonly said: Pick<
    PutObjectCommandInput,
    | "ContentType"
    | "CacheControl"
    | "ContentDisposition"
    | "ContentEncoding"
    | "ContentLanguage"
    | "ContentMD5"
    | "IfMatch"
    | "IfNoneMatch"
  >;
};

export type StoredBody = { readonly etag: string; readonly versionId: string | null; readonly sizeBytes: number };

/** S3 takes no more at once. */
const maxPutBytes = 5 * 1024 ** 3;
const partBytes = 8 * 1024 ** 2;
/** So that 10,000 parts, of which later ones are larger, are enough for 5 TiB. */
const partsOfOneSize = 100;

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
    return putWhole(client, input, Buffer.alloc(0));
  }
  if (sizeBytes !== undefined && sizeBytes <= maxPutBytes) return putStream(client, message, { ...input, sizeBytes });
  return putParts(client, message, input);
}

async function putStream(
  client: S3Client,
  message: Request,
  { sizeBytes, ...input }: StoreBodyInput & { readonly sizeBytes: number },
): Promise<StoredBody> {
  const gone = new AbortController();
  const body = new PassThrough();
  const sent = pipeline(message, body).catch((error: unknown) => {
    // Without this the service would wait for the rest.
    gone.abort();
    throw clientGone(error);
  });
  const stored = client.send(
    new PutObjectCommand({
      Bucket: input.bucket,
      Key: input.key,
      Body: body,
      ContentLength: sizeBytes,
      ...input.said,
    }),
    { abortSignal: gone.signal },
  );
  try {
    const { ETag = "", VersionId = null } = await stored;
    await sent;
    return { etag: ETag, versionId: VersionId, sizeBytes };
  } catch (error) {
    if (gone.signal.aborted) await sent;
    sent.catch(() => {});
    body.destroy();
    throw error;
  }
}

async function putWhole(client: S3Client, { bucket, key, said }: StoreBodyInput, bytes: Buffer): Promise<StoredBody> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ...said });
  const { ETag = "", VersionId = null } = await client.send(command);
  return { etag: ETag, versionId: VersionId, sizeBytes: bytes.length };
}

async function putParts(client: S3Client, message: Request, input: StoreBodyInput): Promise<StoredBody> {
  const { bucket: Bucket, key: Key, said, maxBytes } = input;
  const parts = readParts(message, maxBytes);
  const { value: first } = await parts.next();
  const bytes = first ?? Buffer.alloc(0);
  if (bytes.length < partBytes) return putWhole(client, input, bytes);

  const { ContentMD5, IfMatch, IfNoneMatch, ...headers } = said;
  if (ContentMD5 !== undefined) {
    throw new Problem("INVALID_REQUEST", { detail: "Content-MD5 needs a Content-Length of at most 5 GiB." });
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...headers }));
  try {
    const done: CompletedPart[] = [];
    let sizeBytes = 0;
    for (let part: Buffer | undefined = bytes; part !== undefined; part = (await parts.next()).value) {
      const PartNumber = done.length + 1;
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: part }));
      done.push({ PartNumber, ETag });
      sizeBytes += part.length;
    }
    const { ETag = "", VersionId = null } = await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: done },
        IfMatch,
        IfNoneMatch,
      }),
    );
    return { etag: ETag, versionId: VersionId, sizeBytes };
  } catch (error) {
    // The first error counts; what cannot be aborted now is found by a lifecycle rule.
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => {});
    throw error;
  }
}

/** Full parts, and the rest. Throws when there are more bytes than there may be, or the client is gone. */
async function* readParts(message: Request, maxBytes: number): AsyncGenerator<Buffer, undefined> {
  let chunks: Buffer[] = [];
  let heldBytes = 0;
  let totalBytes = 0;
  let partNumber = 1;
  const size = () => partBytes * Math.ceil(partNumber / partsOfOneSize);
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      totalBytes += chunk.length;
      if (totalBytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
      heldBytes += chunk.length;
      while (heldBytes >= size()) {
        const whole = Buffer.concat(chunks);
        const part = whole.subarray(0, size());
        chunks = [whole.subarray(size())];
        heldBytes -= part.length;
        partNumber += 1;
        yield part;
      }
    }
  } catch (error) {
    throw error instanceof Problem ? error : clientGone(error);
  }
  if (heldBytes > 0) yield Buffer.concat(chunks);
  return undefined;
}

function tooLarge(maxBytes: number): Problem {
  return new Problem("BODY_TOO_LARGE", { detail: `An upload may have ${maxBytes} bytes.` });
}

function clientGone(cause: unknown): Problem {
  return new Problem("INVALID_REQUEST", { detail: "The body ended before its announced end.", cause });
}
