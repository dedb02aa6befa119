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

const partBytes = 8 * 1024 ** 2;
/** So that 10,000 parts, of which later ones are larger, are enough for 5 TiB. */
const partsOfOneSize = 100;

/**
 * Stores bytes of which nobody has said how many they are; one part is in memory at a time. Nothing is stored unless they come to their end:
 * an error of theirs that is no {@link Problem} is the client's going away.
 */
export async function storeParts(
  client: S3Client,
  source: AsyncIterable<Buffer>,
  input: StoreBodyInput,
): Promise<StoredBody> {
  const { bucket: Bucket, key: Key, said, maxBytes } = input;
  const parts = readParts(source, maxBytes);
  const { value: first } = await parts.next();
  const bytes = first ?? Buffer.alloc(0);
  if (bytes.length < partBytes) return storeWhole(client, input, bytes);

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

/** Stores what is in memory as a whole. */
export async function storeWhole(
  client: S3Client,
  { bucket, key, said }: StoreBodyInput,
  bytes: Buffer,
): Promise<StoredBody> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ...said });
  const { ETag = "", VersionId = null } = await client.send(command);
  return { etag: ETag, versionId: VersionId, sizeBytes: bytes.length };
}

/** Full parts, and the rest. Throws when there are more bytes than there may be, or the client is gone. */
async function* readParts(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, undefined> {
  let chunks: Buffer[] = [];
  let heldBytes = 0;
  let totalBytes = 0;
  let partNumber = 1;
  const size = () => partBytes * Math.ceil(partNumber / partsOfOneSize);
  try {
    for await (const chunk of source) {
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

export function tooLarge(maxBytes: number): Problem {
  return new Problem("BODY_TOO_LARGE", { detail: `An upload may have ${maxBytes} bytes.` });
}

export function clientGone(cause: unknown): Problem {
  return new Problem("INVALID_REQUEST", { detail: "The body ended before its announced end.", cause });
}
