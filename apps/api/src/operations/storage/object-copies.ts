import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { copySource, type ObjectAddress } from "../../storage/object-path.ts";
import { inStorage, type Storage } from "../../storage/open-storage.ts";

type CopyHandlers = Pick<
  Handlers,
  "copyObject" | "moveObject" | "restoreObjectVersion" | "getObjectMetadata" | "changeObjectMetadata"
>;

/** All that is done by copies within the service: no byte passes through here. */
export function objectCopies(context: OperationContext): CopyHandlers {
  return {
    copyObject: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { bucket } = request.params;
        const { key, versionId, toKey, toBucket = bucket, overwrite } = request.body;
        const from = { bucket, key, versionId };
        const to = { bucket: toBucket, key: toKey };
        await record("object:copy", `${toBucket}/${toKey}`, { from });
        const head = await readSource(client, from);
        const data = await copy({ client, service }, { from, to, head, overwrite });
        return { status: 201, body: { data } };
      }),
    moveObject: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { bucket } = request.params;
        const { key, toKey, toBucket = bucket, overwrite } = request.body;
        if (key === toKey && bucket === toBucket) {
          throw new Problem("UNPROCESSABLE", { detail: "The object is there already." });
        }
        const from = { bucket, key };
        await record("object:move", `${toBucket}/${toKey}`, { from });
        const head = await readSource(client, from);
        const data = await copy({ client, service }, { from, to: { bucket: toBucket, key: toKey }, head, overwrite });
        // What was written there meanwhile is not what was copied: it stays.
        await client.send(
          new DeleteObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(service.engine === "stave" && { IfMatch: head.ETag }),
          }),
        );
        return { status: 201, body: { data } };
      }),
    restoreObjectVersion: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { bucket } = request.params;
        const { key, versionId } = request.body;
        const from = { bucket, key, versionId };
        await record("object:restore", `${bucket}/${key}`, { versionId });
        const head = await readSource(client, from);
        const data = await copy({ client, service }, { from, to: { bucket, key }, head, overwrite: true });
        return { status: 201, body: { data } };
      }),
    getObjectMetadata: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { bucket, key } = request.params;
        const head = await readHead(client, { bucket, key, versionId: request.query.versionId });
        return { status: 200, headers: etagOf(head), body: { data: describeObject(key, head) } };
      }),
    changeObjectMetadata: (request) =>
      inStorage(context, request, async ({ client, record }) => {
        const { bucket, key } = request.params;
        const { body } = request;
        const head = await readSource(client, { bucket, key });
        const { "if-match": wanted } = request.message.headers;
        if (wanted !== undefined && wanted !== "*" && unquote(wanted) !== unquote(head.ETag)) {
          throw new Problem("PRECONDITION_FAILED");
        }
        await record("object:change", `${bucket}/${key}`, { fields: Object.keys(body) });
        const said: Partial<CopyObjectCommandInput> = {
          ...merge("ContentType", body.contentType, head.ContentType),
          ...merge("CacheControl", body.cacheControl, head.CacheControl),
          ...merge("ContentDisposition", body.contentDisposition, head.ContentDisposition),
          ...merge("ContentEncoding", body.contentEncoding, head.ContentEncoding),
          ...merge("ContentLanguage", body.contentLanguage, head.ContentLanguage),
          Metadata: body.metadata ?? head.Metadata ?? {},
        };
        await client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: copySource({ bucket, key }),
            CopySourceIfMatch: head.ETag,
            MetadataDirective: "REPLACE",
            ...said,
            ...(head.StorageClass !== undefined && { StorageClass: head.StorageClass }),
          }),
        );
        const changed = await readHead(client, { bucket, key });
        return { status: 200, headers: etagOf(changed), body: { data: describeObject(key, changed) } };
      }),
  };
}

const maxCopyBytes = 5 * 1024 ** 3;

function readHead(client: S3Client, { bucket, key, versionId }: ObjectAddress): Promise<HeadObjectCommandOutput> {
  return client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
}

async function readSource(client: S3Client, address: ObjectAddress): Promise<HeadObjectCommandOutput> {
  const head = await readHead(client, address);
  if ((head.ContentLength ?? 0) > maxCopyBytes) {
    throw new Problem("UNPROCESSABLE", {
      detail: "S3 copies objects of at most 5 GiB at once.",
      nextActions: ["Copy it with a client that copies in parts, such as `aws s3 cp`."],
    });
  }
  return head;
}

type Copy = {
  readonly from: ObjectAddress;
  readonly to: { readonly bucket: string; readonly key: string };
  readonly head: HeadObjectCommandOutput;
  readonly overwrite: boolean;
};

/** Of what was looked at, and nothing that has taken its place since. Headers, metadata and tags come along. */
async function copy({ client }: Pick<Storage, "client" | "service">, { from, to, head, overwrite }: Copy) {
  const onto = from.bucket === to.bucket && from.key === to.key && from.versionId === undefined;
  if (onto) throw new Problem("UNPROCESSABLE", { detail: "The object is there already." });
  const { CopyObjectResult, VersionId = null } = await client
    .send(
      new CopyObjectCommand({
        Bucket: to.bucket,
        Key: to.key,
        CopySource: copySource(from),
        CopySourceIfMatch: head.ETag,
        ...(head.StorageClass !== undefined && { StorageClass: head.StorageClass }),
        ...(!overwrite && { IfNoneMatch: "*" }),
      }),
    )
    .catch((error: unknown) => {
      if (overwrite || !(error instanceof Error) || error.name !== "PreconditionFailed") throw error;
      throw new Problem("CONFLICT", {
        detail: "There is an object of this key already, or the source has changed.",
        nextActions: ["Use another key, or overwrite: true."],
        cause: error,
      });
    });
  return { key: to.key, etag: CopyObjectResult?.ETag ?? "", versionId: VersionId };
}

/** Null takes it away, absent leaves it. */
function merge<Name extends string>(name: Name, change: string | null | undefined, present: string | undefined) {
  const value = change === undefined ? present : (change ?? undefined);
  return value === undefined || value === "" ? {} : { [name]: value };
}

function describeObject(key: string, head: HeadObjectCommandOutput) {
  return {
    key,
    sizeBytes: head.ContentLength ?? 0,
    etag: head.ETag ?? "",
    lastModified: (head.LastModified ?? new Date(0)).toISOString(),
    versionId: head.VersionId ?? null,
    storageClass: head.StorageClass ?? null,
    contentType: head.ContentType || null,
    cacheControl: head.CacheControl || null,
    contentDisposition: head.ContentDisposition || null,
    contentEncoding: head.ContentEncoding || null,
    contentLanguage: head.ContentLanguage || null,
    metadata: head.Metadata ?? {},
  };
}

function etagOf({ ETag }: HeadObjectCommandOutput): Record<string, string> {
  return ETag === undefined ? {} : { etag: ETag };
}

function unquote(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}
