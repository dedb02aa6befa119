import { createHash, type Hash, hash } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { statusOf } from "../services/describe-s3-error.ts";
import type { EngineAbilities } from "./engine-abilities.ts";
import { unquoted } from "./list-objects.ts";
import type { ObjectHeaders, ObjectTag } from "./read-object.ts";
import { readPieces } from "./read-pieces.ts";
import { type RetryOptions, until, withRetries } from "./retry.ts";
import { TransferError } from "./transfer-error.ts";

export type WriteTarget = {
  readonly bucket: string;
  readonly key: string;
  /** What the engine does not know is not sent to it: the caller reports it. */
  readonly abilities: Pick<EngineAbilities, "tags" | "checksums"> & Partial<Pick<EngineAbilities, "multipart">>;
};

/** What is written. A `SourceObject` is one. */
export type WriteSource = {
  readonly headers: ObjectHeaders;
  readonly tags?: readonly ObjectTag[] | undefined;
  /** Undefined when nobody knows it yet: then at most 156 GiB can be written. */
  readonly sizeBytes?: number | undefined;
  /** When they are known the bytes must be these: hex. */
  readonly sha256?: string | undefined;
  readonly md5?: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
};

export type WrittenObject = {
  readonly etag: string;
  readonly versionId?: string;
  readonly sizeBytes: number;
  /** Of what was sent, hex. */
  readonly sha256: string;
  /** Whether something that the engine has answered proves what it stored. Otherwise read it again with `hashObject`. */
  readonly isProven: boolean;
};

/** What is larger is uploaded in parts of this size, of which one is in memory. */
export const pieceBytes = 16 * 1024 ** 2;
const maxParts = 10_000;
const maxPartBytes = 5 * 1024 ** 3;

/**
 * Writes an object with what belongs to it. Holds one piece of 16 MiB. The bytes are hashed while they go by, and compared with what the engine says it
 * stored. Throws `TargetDiffers`, `SourceDamaged` when they are not what `sha256` or `md5` says, `BodyCutOff`, `TooLarge`, and what the engine refuses
 * with. An upload that failed is aborted.
 */
export async function writeObject(
  client: S3Client,
  target: WriteTarget,
  source: WriteSource,
  retry: RetryOptions = {},
): Promise<WrittenObject> {
  const hashes = { sha256: createHash("sha256"), md5: createHash("md5"), sizeBytes: 0 };
  const pieces = readPieces(hashed(source.body, hashes), pieceBytes);
  try {
    const { value: first = Buffer.alloc(0) } = await pieces.next();
    const { value: second } = first.length < pieceBytes ? { value: undefined } : await pieces.next();
    if (second === undefined) {
      const sent = check(source, hashes);
      return await putWhole(client, target, { ...source, ...sent, bytes: first, retry });
    }
    const input = { source, pieces: startWith([first, second], pieces), hashes, retry };
    return await (target.abilities.multipart === false ? putStream : putParts)(client, target, input);
  } finally {
    await pieces.return(undefined);
  }
}

type Hashes = { readonly sha256: Hash; readonly md5: Hash; sizeBytes: number };
type Sent = { readonly sha256: string; readonly md5: string; readonly sizeBytes: number };

async function* hashed(body: AsyncIterable<Uint8Array>, hashes: Hashes): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hashes.sha256.update(chunk);
    hashes.md5.update(chunk);
    hashes.sizeBytes += chunk.length;
    yield chunk;
  }
}

/** Before anything that was sent counts. */
function check(source: WriteSource, { sha256, md5, sizeBytes }: Hashes): Sent {
  const sent = { sha256: sha256.digest("hex"), md5: md5.digest("hex"), sizeBytes };
  if (source.sizeBytes !== undefined && source.sizeBytes !== sizeBytes) {
    throw new TransferError("BodyCutOff", `The object ended after ${sizeBytes} of ${source.sizeBytes} bytes.`);
  }
  if (source.sha256 !== undefined && source.sha256 !== sent.sha256) throw damaged("SHA-256");
  if (source.md5 !== undefined && source.md5 !== sent.md5) throw damaged("ETag");
  return sent;
}

type Whole = Omit<WriteSource, "body"> & Sent & { readonly bytes: Buffer; readonly retry: RetryOptions };

async function putWhole(client: S3Client, target: WriteTarget, whole: Whole): Promise<WrittenObject> {
  const { bytes, sha256, md5, sizeBytes, retry } = whole;
  const checksum = base64(sha256);
  const command = () =>
    new PutObjectCommand({
      ...head(target, whole),
      Body: bytes,
      ContentLength: bytes.length,
      ContentMD5: base64(md5),
      ...(target.abilities.checksums && { ChecksumSHA256: checksum }),
    });
  const answer = await withRetries(() => client.send(command(), until(retry.signal)), retry);
  const etag = unquoted(answer.ETag);
  return {
    etag,
    sizeBytes,
    sha256,
    isProven: prove(answer, { md5, checksum }),
    ...(answer.VersionId !== undefined && { versionId: answer.VersionId }),
  };
}

/** To engines whose uploads in parts cannot be trusted. What of it was sent cannot be sent again. */
async function putStream(client: S3Client, target: WriteTarget, input: InParts): Promise<WrittenObject> {
  const { source, pieces, hashes, retry } = input;
  const { sizeBytes } = source;
  if (sizeBytes === undefined || sizeBytes > maxPartBytes) {
    throw new TransferError("TooLarge", "The target cannot be trusted with uploads in parts, and takes 5 GiB without.");
  }
  let sent: Sent | undefined;
  const checked = async function* () {
    let held: Buffer | undefined;
    for await (const piece of pieces) {
      if (held !== undefined) yield held;
      held = piece;
    }
    // Without its last piece nothing is stored.
    sent = check(source, hashes);
    if (held !== undefined) yield held;
  };
  const answer = await sendStream(checked(), retry, (Body, options) =>
    client.send(new PutObjectCommand({ ...head(target, source), Body, ContentLength: sizeBytes }), options),
  );
  if (sent === undefined) throw new TransferError("TargetDiffers", "The target has answered before it had everything.");
  return {
    etag: unquoted(answer.ETag),
    sizeBytes,
    sha256: sent.sha256,
    isProven: prove(answer, { md5: sent.md5, checksum: base64(sent.sha256) }),
    ...(answer.VersionId !== undefined && { versionId: answer.VersionId }),
  };
}

type InParts = {
  readonly source: WriteSource;
  readonly pieces: AsyncIterable<Buffer>;
  readonly hashes: Hashes;
  readonly retry: RetryOptions;
};

async function putParts(client: S3Client, target: WriteTarget, input: InParts): Promise<WrittenObject> {
  const { source, hashes, retry } = input;
  const { bucket: Bucket, key: Key, abilities } = target;
  const create = new CreateMultipartUploadCommand({
    ...head(target, source),
    ...(abilities.checksums && { ChecksumAlgorithm: "SHA256" }),
  });
  const { UploadId } = await withRetries(() => client.send(create, until(retry.signal)), retry);
  const upload = { Bucket, Key, UploadId };
  try {
    const parts = await sendParts(client, upload, { ...input, hasChecksums: abilities.checksums });
    const sent = check(source, hashes);
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: parts.map(({ done }) => done) },
    });
    const answer = await withRetries(() => client.send(complete, until(retry.signal)), retry);
    const md5 = `${hash("md5", Buffer.concat(parts.map((part) => Buffer.from(part.md5, "hex"))))}-${parts.length}`;
    await requireThere(
      client,
      { bucket: Bucket, key: Key, versionId: answer.VersionId },
      { sizeBytes: sent.sizeBytes, retry },
    );
    const isWholeProven = prove({ ...answer, ChecksumSHA256: undefined }, { md5, checksum: "" });
    return {
      etag: unquoted(answer.ETag),
      sizeBytes: sent.sizeBytes,
      sha256: sent.sha256,
      isProven: isWholeProven || parts.every(({ isProven }) => isProven),
      ...(answer.VersionId !== undefined && { versionId: answer.VersionId }),
    };
  } catch (error) {
    // The first error counts; and what is cut off here must not hold its parts for ever.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

/** Some engines complete an upload, and then do not find what it has made. */
async function requireThere(
  client: S3Client,
  { bucket, key, versionId }: { readonly bucket: string; readonly key: string; readonly versionId: string | undefined },
  { sizeBytes, retry }: { readonly sizeBytes: number; readonly retry: RetryOptions },
): Promise<void> {
  const command = new HeadObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId !== undefined && { VersionId: versionId }),
  });
  const { ContentLength } = await withRetries(() => client.send(command, until(retry.signal)), retry).catch(
    (cause: unknown) => {
      if (statusOf(cause) !== 404) throw cause;
      throw new TransferError("TargetDiffers", "The target does not find what it has stored.", { cause });
    },
  );
  if (ContentLength !== sizeBytes) {
    throw new TransferError("TargetDiffers", `The target has stored ${ContentLength} of ${sizeBytes} bytes.`);
  }
}

type Upload = { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined };
type SentPart = { readonly done: CompletedPart; readonly md5: string; readonly isProven: boolean };

async function sendParts(
  client: S3Client,
  upload: Upload,
  { source: { sizeBytes }, pieces, retry, hasChecksums }: InParts & { readonly hasChecksums: boolean },
): Promise<readonly SentPart[]> {
  const partBytes = sizeOfPart(sizeBytes);
  const waiting = pieces[Symbol.asyncIterator]();
  const parts: SentPart[] = [];
  for (let sentBytes = 0; ; ) {
    const { value: piece, done: isEnd } = await waiting.next();
    if (isEnd === true) return parts;
    const address = { ...upload, PartNumber: parts.length + 1 };
    if (address.PartNumber > maxParts) throw new TransferError("TooLarge", "The object has more bytes than was known.");
    if (sizeBytes === undefined || partBytes === pieceBytes) {
      parts.push(await sendPiece(client, address, { piece, hasChecksums, retry }));
    } else {
      const length = Math.min(partBytes, sizeBytes - sentBytes);
      parts.push(await streamPart(client, address, { piece, waiting, length, retry }));
      sentBytes += length;
    }
  }
}

type PartAddress = Upload & { readonly PartNumber: number };

async function sendPiece(
  client: S3Client,
  address: PartAddress,
  {
    piece,
    hasChecksums,
    retry,
  }: { readonly piece: Buffer; readonly hasChecksums: boolean; readonly retry: RetryOptions },
): Promise<SentPart> {
  const md5 = hash("md5", piece);
  const checksum = hash("sha256", piece, "base64");
  const checksums = hasChecksums ? { ChecksumSHA256: checksum } : {};
  const command = () => new UploadPartCommand({ ...address, Body: piece, ContentMD5: base64(md5), ...checksums });
  const answer = await withRetries(() => client.send(command(), until(retry.signal)), retry);
  const isProven = prove(answer, { md5, checksum });
  return { done: { PartNumber: address.PartNumber, ETag: answer.ETag, ...checksums }, md5, isProven };
}

type Streamed = {
  readonly piece: Buffer;
  readonly waiting: AsyncIterator<Buffer>;
  readonly length: number;
  readonly retry: RetryOptions;
};

/** A part that is larger than what may be in memory: what of it was sent cannot be sent again. */
async function streamPart(
  client: S3Client,
  address: PartAddress,
  { piece, waiting, length, retry }: Streamed,
): Promise<SentPart> {
  const md5 = createHash("md5");
  const bytes = async function* () {
    let left = length;
    for (let next: Buffer | undefined = piece; next !== undefined; ) {
      md5.update(next);
      left -= next.length;
      yield next;
      next = left > 0 ? ((await waiting.next()).value as Buffer | undefined) : undefined;
    }
    if (left !== 0) throw new TransferError("BodyCutOff", "The object ended before its announced end.");
  };
  const answer = await sendStream(bytes(), retry, (Body, options) =>
    client.send(new UploadPartCommand({ ...address, Body, ContentLength: length }), options),
  );
  const sent = md5.digest("hex");
  const isProven = prove(answer, { md5: sent, checksum: "" });
  return { done: { PartNumber: address.PartNumber, ETag: answer.ETag }, md5: sent, isProven };
}

/** A body that fails ends its request, which would wait for the rest of it. Throws what the body has failed with. */
async function sendStream<Answer>(
  bytes: AsyncIterable<Uint8Array>,
  { signal }: RetryOptions,
  send: (body: Readable, options: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  const failed = new AbortController();
  const body = Readable.from(bytes, { objectMode: false });
  body.once("error", () => failed.abort());
  try {
    return await send(body, { abortSignal: AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]) });
  } catch (error) {
    throw body.errored ?? error;
  } finally {
    body.destroy();
  }
}

/** So that 10,000 parts are enough: a whole number of pieces. */
function sizeOfPart(sizeBytes = 0): number {
  const partBytes = Math.max(1, Math.ceil(sizeBytes / maxParts / pieceBytes)) * pieceBytes;
  if (partBytes > maxPartBytes) throw new TransferError("TooLarge", "S3 takes at most 48 TiB as one object.");
  return partBytes;
}

async function* startWith(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

function head({ bucket, key, abilities }: WriteTarget, { headers, tags = [] }: Pick<WriteSource, "headers" | "tags">) {
  // Not every engine reads + as a blank.
  const Tagging = tags.map((tag) => `${encodeURIComponent(tag.key)}=${encodeURIComponent(tag.value)}`).join("&");
  return { Bucket: bucket, Key: key, ...headers, ...(abilities.tags && Tagging !== "" && { Tagging }) };
}

type Stored = {
  readonly ETag?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
};

/** Whether the answer shows that it has stored what was sent. Throws `TargetDiffers` when it shows the contrary; where it encrypts, an ETag need not be an MD5. */
function prove(answer: Stored, { md5, checksum }: { readonly md5: string; readonly checksum: string }): boolean {
  const { ETag, ChecksumSHA256, ServerSideEncryption, SSECustomerAlgorithm } = answer;
  if (ChecksumSHA256 !== undefined && checksum !== "" && ChecksumSHA256 !== checksum) throw differs("SHA-256");
  const etag = unquoted(ETag);
  const isEncrypted = ServerSideEncryption !== undefined || SSECustomerAlgorithm !== undefined;
  const isMd5 = /^[0-9a-f]{32}(-\d+)?$/.test(etag) && etag.includes("-") === md5.includes("-");
  if (isMd5 && !isEncrypted && etag !== md5) throw differs("ETag");
  return etag === md5 || (ChecksumSHA256 !== undefined && ChecksumSHA256 === checksum);
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function damaged(what: string): TransferError {
  return new TransferError("SourceDamaged", `What was read is not what the ${what} of the source says.`);
}

function differs(what: string): TransferError {
  return new TransferError("TargetDiffers", `The ${what} that the target answers is not that of what was sent.`);
}
