import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Request } from "express";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { letClientFinish } from "../../http/let-client-finish.ts";
import { Problem } from "../../http/problem.ts";
import { deleteEach } from "../../storage/delete-each.ts";
import { unescapeListed } from "../../storage/object-path.ts";
import { type FormFile, isForm, openForm } from "../../storage/open-form.ts";
import { inStorage, type Storage } from "../../storage/open-storage.ts";
import { safeHeaders } from "../../storage/safe-headers.ts";
import { searchObjects } from "../../storage/search-objects.ts";
import { serverMadeKey } from "../../storage/server-made-key.ts";
import { storeBody } from "../../storage/store-body.ts";
import { storeParts } from "../../storage/store-parts.ts";
import { toListed } from "../../storage/to-listed.ts";
import { readMaxUploadBytes } from "../../storage/upload-limit.ts";

type ObjectHandlers = Pick<
  Handlers,
  "listObjects" | "uploadObject" | "putObject" | "getObject" | "deleteObject" | "deleteObjects"
>;

export function objectOperations(context: OperationContext): ObjectHandlers {
  const upload = async ({ client, record }: Storage, message: Request, { bucket, conditions, toKey }: Upload) => {
    try {
      const maxBytes = await readMaxUploadBytes(context);
      const file = isForm(message) ? await openForm(message, maxBytes) : undefined;
      const key = toKey(file?.filename);
      const said = { ...(file === undefined ? readSaid(message) : readSaidOfForm(message, file)), ...conditions };
      await record("object:put", `${bucket}/${key}`);
      const input = { bucket, key, maxBytes, said };
      const stored = await (file === undefined
        ? storeBody(client, message, input)
        : storeParts(client, file.bytes, input));
      return { key, ...stored };
    } catch (error) {
      letClientFinish(message);
      throw error;
    }
  };

  return {
    listObjects: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { bucket } = request.params;
        const { search, delimiter, prefix, limit, cursor } = request.query;
        if (search !== undefined) {
          if (delimiter !== undefined) {
            throw new Problem("INVALID_REQUEST", { detail: "Search looks at whole keys: leave the delimiter out." });
          }
          return { status: 200, body: await searchObjects(client, { bucket, search, prefix, limit, cursor }) };
        }
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: limit,
            ContinuationToken: cursor,
            EncodingType: "url",
          }),
        );
        return {
          status: 200,
          body: {
            data: (page.Contents ?? []).map(toListed),
            prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => unescapeListed(Prefix)),
            nextCursor: page.IsTruncated === true ? (page.NextContinuationToken ?? null) : null,
          },
        };
      }),
    uploadObject: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        const { filename } = request.query;
        const toKey = (hint = "file") => serverMadeKey(filename ?? hint, context.now());
        const data = await upload(storage, request.message, { bucket, toKey, conditions: { IfNoneMatch: "*" } });
        return { status: 201, body: { data } };
      }),
    putObject: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket, key } = request.params;
        const { "if-match": IfMatch, "if-none-match": IfNoneMatch } = request.message.headers;
        const conditions = { ...(IfMatch && { IfMatch }), ...(IfNoneMatch && { IfNoneMatch }) };
        const data = await upload(storage, request.message, { bucket, toKey: () => key, conditions });
        return { status: 200, body: { data } };
      }),
    getObject: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { bucket, key } = request.params;
        return readObject(client, request.message, { Bucket: bucket, Key: key, VersionId: request.query.versionId });
      }),
    deleteObject: (request) =>
      inStorage(context, request, async ({ client, record }) => {
        const { bucket: Bucket, key: Key } = request.params;
        const { versionId: VersionId } = request.query;
        const { "if-match": IfMatch } = request.message.headers;
        await record("object:delete", `${Bucket}/${Key}`, { versionId: VersionId });
        await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...(IfMatch && { IfMatch }) }));
        return { status: 204 };
      }),
    deleteObjects: (request) =>
      inStorage(context, request, async ({ client, record }) => {
        const { bucket } = request.params;
        const { body } = request;
        const objects = "keys" in body ? body.keys.map((key) => ({ key })) : body.objects;
        await record("objects:delete", bucket, { count: objects.length, keys: objects.slice(0, 20) });
        const results = await deleteEach(client, { bucket, objects });
        return { status: 200, body: { data: { results: [...results] } } };
      }),
  };
}

type Conditions = { readonly IfMatch?: string; readonly IfNoneMatch?: string };

type Upload = {
  readonly bucket: string;
  readonly conditions: Conditions;
  /** Of the name of the file, if it has come with one. */
  readonly toKey: (filename: string | undefined) => string;
};

const saidHeaders = {
  "content-type": "ContentType",
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-encoding": "ContentEncoding",
  "content-language": "ContentLanguage",
  "content-md5": "ContentMD5",
} as const;

function readSaid({ headers }: Request) {
  const said: { [Name in (typeof saidHeaders)[keyof typeof saidHeaders]]?: string } = {};
  for (const [header, name] of Object.entries(saidHeaders)) {
    const value = headers[header];
    if (typeof value !== "string") continue;
    // Clients sign other bytes than they send for the rest, and the service would refuse the signature.
    if (!/^[\t\x20-\x7e]*$/.test(value)) {
      throw new Problem("INVALID_REQUEST", { detail: `Expected ${header} to be printable ASCII.` });
    }
    said[name] = value;
  }
  return said;
}

/** These are about the form as it is sent, and not about its file. */
function readSaidOfForm(message: Request, { contentType }: FormFile) {
  for (const header of ["content-encoding", "content-md5"]) {
    if (message.headers[header] === undefined) continue;
    throw new Problem("INVALID_REQUEST", { detail: `Expected a form without ${header}.` });
  }
  if (!/^[\x20-\x7e]{1,256}$/.test(contentType)) {
    throw new Problem("INVALID_REQUEST", { detail: "Expected the type of the file to be printable ASCII." });
  }
  return { ...readSaid(message), ContentType: contentType };
}

type ObjectInput = { readonly Bucket: string; readonly Key: string; readonly VersionId: string | undefined };

async function readObject(client: S3Client, message: Request, object: ObjectInput) {
  const { headers } = message;
  const input = {
    ...object,
    ...(headers.range !== undefined && { Range: headers.range }),
    ...(headers["if-match"] !== undefined && { IfMatch: headers["if-match"] }),
    ...(headers["if-none-match"] !== undefined && { IfNoneMatch: headers["if-none-match"] }),
    ...readDate("IfModifiedSince", headers["if-modified-since"]),
    ...readDate("IfUnmodifiedSince", headers["if-unmodified-since"]),
  };
  // Who goes before the first byte comes does not leave the service sending.
  const gone = new AbortController();
  message.res?.once("close", () => gone.abort());
  try {
    if (message.method === "HEAD") {
      const found = await client.send(new HeadObjectCommand(input), { abortSignal: gone.signal });
      return { status: statusOf(found), headers: safeHeaders(object.Key, found), bytes: Readable.from([]) };
    }
    const found = await client.send(new GetObjectCommand(input), { abortSignal: gone.signal });
    const bytes = found.Body instanceof Readable ? found.Body : Readable.from([]);
    return { status: statusOf(found), headers: safeHeaders(object.Key, found), bytes };
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) {
      const etag = error.$response?.headers.etag;
      return { status: 304 as const, ...(etag !== undefined && { headers: { etag } }) };
    }
    throw error;
  }
}

function statusOf({ ContentRange }: { readonly ContentRange?: string | undefined }): 200 | 206 {
  return ContentRange === undefined ? 200 : 206;
}

/** A date that is none is not there: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3 */
function readDate(name: "IfModifiedSince" | "IfUnmodifiedSince", text: string | undefined) {
  const date = text === undefined ? undefined : new Date(text);
  return date === undefined || Number.isNaN(date.getTime()) ? {} : { [name]: date };
}
