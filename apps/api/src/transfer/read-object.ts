import type { Readable } from "node:stream";
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { statusOf } from "../services/describe-s3-error.ts";
import { unquoted } from "./list-objects.ts";
import { type RetryOptions, until, withRetries } from "./retry.ts";
import { TransferError } from "./transfer-error.ts";

export type ObjectRef = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Only this: `SourceChanged` when there is another by now. */
  readonly etag?: string | undefined;
};

/** As `PutObject` takes them. */
export type ObjectHeaders = {
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly Expires?: Date;
  readonly WebsiteRedirectLocation?: string;
  readonly Metadata?: Record<string, string>;
};

export type ObjectTag = { readonly key: string; readonly value: string };

export type ObjectLockState = {
  readonly mode?: "GOVERNANCE" | "COMPLIANCE";
  readonly retainUntil?: Date;
  readonly isHeld?: boolean;
};

/** An object that is being read, with everything that belongs to it. */
export type SourceObject = {
  readonly headers: ObjectHeaders;
  readonly tags: readonly ObjectTag[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified?: Date;
  readonly versionId?: string;
  /** Hex, of the whole object, when the engine knows it. */
  readonly sha256?: string;
  /** The MD5 of the bytes is the ETag. */
  readonly isEtagMd5: boolean;
  readonly lock?: ObjectLockState;
  /** What belongs to it and could not be read, in words: `tags`. */
  readonly lost: readonly string[];
  /** Its bytes, once. Ends only after `sizeBytes` of them; an interrupted connection is opened again where it ended. */
  readonly body: AsyncIterable<Uint8Array>;
  /** For a body that is not read. */
  discard(): void;
};

export type ReadObjectOptions = RetryOptions & {
  /** `count`: only when the engine says that there are some, as S3 itself does. `none` for an engine without tags. @default "ask" */
  readonly tags?: "ask" | "count" | "none" | undefined;
};

/** Opens an object. Throws what the engine refuses with, and {@link TransferError}. */
export async function readObject(
  client: S3Client,
  ref: ObjectRef,
  options: ReadObjectOptions = {},
): Promise<SourceObject> {
  const { tags: askTags = "ask", ...retry } = options;
  const found = await withRetries(() => get(client, ref, 0, retry.signal), retry);
  const { ContentLength: sizeBytes, Body } = found;
  if (sizeBytes === undefined || Body === undefined) {
    throw new TransferError("BodyCutOff", "The engine did not say how large the object is.");
  }
  const etag = unquoted(found.ETag);
  const first = Body as Readable;
  const lost: string[] = [];
  if ((found.MissingMeta ?? 0) > 0) lost.push("metadata that is no text");
  const expires = found.ExpiresString === undefined ? undefined : new Date(found.ExpiresString);
  if (expires !== undefined && Number.isNaN(expires.getTime())) lost.push("an Expires that is no date");
  // It waits for the reader, and may fail meanwhile: that is found when it is read.
  first.on("error", () => {});
  try {
    const wantsTags = askTags === "ask" || (askTags === "count" && (found.TagCount ?? 0) > 0);
    const tags = wantsTags ? await readTags(client, ref, retry) : [];
    if (tags === undefined) lost.push("tags");
    const sha256 = wholeSha256(found);
    const lock = lockOf(found);
    return {
      headers: headersOf(found, expires),
      tags: tags ?? [],
      sizeBytes,
      etag,
      isEtagMd5: /^[0-9a-f]{32}$/.test(etag) && found.ServerSideEncryption === undefined,
      ...(found.LastModified !== undefined && { lastModified: found.LastModified }),
      ...(found.VersionId !== undefined && { versionId: found.VersionId }),
      ...(sha256 !== undefined && { sha256 }),
      ...(lock !== undefined && { lock }),
      lost,
      body: readBytes(client, { ...ref, etag }, { first, sizeBytes, retry }),
      discard: () => void first.destroy(),
    };
  } catch (error) {
    first.destroy();
    throw error;
  }
}

async function get(
  client: S3Client,
  { bucket, key, versionId, etag }: ObjectRef,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ChecksumMode: "ENABLED",
    ...(versionId !== undefined && { VersionId: versionId }),
    ...(etag !== undefined && etag !== "" && { IfMatch: `"${etag}"` }),
    ...(offset > 0 && { Range: `bytes=${offset}-` }),
  });
  try {
    return await client.send(command, until(signal));
  } catch (error) {
    if (statusOf(error) !== 412) throw error;
    throw new TransferError("SourceChanged", "The object was overwritten while it was read.", { cause: error });
  }
}

type Reading = { readonly first: Readable; readonly sizeBytes: number; readonly retry: RetryOptions };

async function* readBytes(
  client: S3Client,
  ref: ObjectRef,
  { first, sizeBytes, retry }: Reading,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let isFirst = true;
  /** Each connection that brings something is a success: only failures in a row end it. */
  const next = async (): Promise<AsyncIterator<Uint8Array>> => {
    if (isFirst) {
      isFirst = false;
      return first[Symbol.asyncIterator]();
    }
    const again = await get(client, ref, offset, retry.signal);
    const isRest = again.ContentRange?.startsWith(`bytes ${offset}-`) ?? false;
    if (offset > 0 && !isRest) {
      (again.Body as Readable | undefined)?.destroy();
      throw new TransferError("SourceChanged", "The engine cannot go on where the connection ended.");
    }
    return (again.Body as Readable)[Symbol.asyncIterator]();
  };
  let chunks: AsyncIterator<Uint8Array> | undefined;
  try {
    while (offset < sizeBytes || isFirst) {
      const chunk = await withRetries(async () => {
        chunks ??= await next();
        try {
          const { done, value } = await chunks.next();
          if (done !== true) return value;
          if (offset === sizeBytes) return undefined;
          throw new TransferError("BodyCutOff", `The object ended after ${offset} of ${sizeBytes} bytes.`);
        } catch (error) {
          chunks = undefined;
          throw error;
        }
      }, retry);
      if (chunk === undefined) break;
      offset += chunk.length;
      if (offset > sizeBytes) throw new TransferError("BodyCutOff", `The object has more than ${sizeBytes} bytes.`);
      yield chunk;
    }
  } finally {
    await chunks?.return?.();
    if (isFirst) first.destroy();
  }
}

/** Undefined when they cannot be read. */
export async function readTags(
  client: S3Client,
  { bucket, key, versionId }: ObjectRef,
  retry: RetryOptions,
): Promise<readonly ObjectTag[] | undefined> {
  const command = new GetObjectTaggingCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId !== undefined && { VersionId: versionId }),
  });
  try {
    const { TagSet = [] } = await withRetries(() => client.send(command, until(retry.signal)), retry);
    return TagSet.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  } catch (error) {
    const status = statusOf(error);
    const name = error instanceof Error ? error.name : "";
    if (/^NoSuchTagSet/.test(name) || name === "NotImplemented" || status === 405 || status === 501) return [];
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

function headersOf(found: GetObjectCommandOutput, expires: Date | undefined): ObjectHeaders {
  // What a signed upload was sent in is no property of the object; some engines keep it as one.
  const encoding = found.ContentEncoding?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "aws-chunked" && name !== "")
    .join(",");
  return {
    ...(found.ContentType && { ContentType: found.ContentType }),
    ...(found.CacheControl && { CacheControl: found.CacheControl }),
    ...(found.ContentDisposition && { ContentDisposition: found.ContentDisposition }),
    ...(encoding && { ContentEncoding: encoding }),
    ...(found.ContentLanguage && { ContentLanguage: found.ContentLanguage }),
    ...(expires !== undefined && !Number.isNaN(expires.getTime()) && { Expires: expires }),
    ...(found.WebsiteRedirectLocation && { WebsiteRedirectLocation: found.WebsiteRedirectLocation }),
    ...(Object.keys(found.Metadata ?? {}).length > 0 && { Metadata: found.Metadata ?? {} }),
  };
}

export function lockOf(found: GetObjectCommandOutput | HeadObjectCommandOutput): ObjectLockState | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: retainUntil, ObjectLockLegalHoldStatus: hold } = found;
  const hasRetention = mode !== undefined && retainUntil !== undefined;
  if (!hasRetention && hold !== "ON") return undefined;
  return { ...(hasRetention && { mode, retainUntil }), ...(hold === "ON" && { isHeld: true }) };
}

/** Of an upload in parts it is a checksum of checksums. */
function wholeSha256({ ChecksumSHA256, ChecksumType }: GetObjectCommandOutput): string | undefined {
  if (ChecksumSHA256 === undefined || ChecksumSHA256.includes("-") || ChecksumType === "COMPOSITE") return undefined;
  return Buffer.from(ChecksumSHA256, "base64").toString("hex");
}
