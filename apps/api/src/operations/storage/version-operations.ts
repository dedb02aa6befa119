import {
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { unescapeListed } from "../../storage/object-path.ts";
import { inStorage } from "../../storage/open-storage.ts";

type VersionHandlers = Pick<Handlers, "listObjectVersions" | "getObjectTags" | "putObjectTags">;

export function versionOperations(context: OperationContext): VersionHandlers {
  return {
    listObjectVersions: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { bucket } = request.params;
        const { key, prefix, limit, cursor } = request.query;
        if (key !== undefined && prefix !== undefined) {
          throw new Problem("INVALID_REQUEST", { detail: "Expected a key or a prefix, not both." });
        }
        const marker = cursor === undefined ? {} : readCursor(cursor);
        const page = await client.send(
          new ListObjectVersionsCommand({
            Bucket: bucket,
            Prefix: key ?? prefix,
            MaxKeys: limit,
            KeyMarker: marker.key,
            VersionIdMarker: marker.versionId,
            EncodingType: "url",
          }),
        );
        const versions = (page.Versions ?? []).map((version) => toVersion(version, false));
        const markers = (page.DeleteMarkers ?? []).map((version) => toVersion(version, true));
        const listed = [...versions, ...markers].toSorted(newestFirst);
        const data = listed.filter((version) => key === undefined || version.key === key);
        // Keys that only begin like this one come after all its versions.
        const hasMore = page.IsTruncated === true && data.length === listed.length;
        const next = { key: unescapeListed(page.NextKeyMarker), versionId: page.NextVersionIdMarker };
        return { status: 200, body: { data, nextCursor: hasMore ? writeCursor(next) : null } };
      }),
    getObjectTags: (request) =>
      inStorage(context, request, async ({ client }) => {
        const { bucket, key } = request.params;
        const { TagSet = [] } = await client.send(
          new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: request.query.versionId }),
        );
        const tags = Object.fromEntries(TagSet.map(({ Key = "", Value = "" }) => [Key, Value]));
        return { status: 200, body: { data: { tags } } };
      }),
    putObjectTags: (request) =>
      inStorage(context, request, async ({ client, record }) => {
        const { bucket: Bucket, key: Key } = request.params;
        const { versionId: VersionId } = request.query;
        const { tags } = request.body;
        await record("object:tag", `${Bucket}/${Key}`, { tags, versionId: VersionId });
        const TagSet = Object.entries(tags).map(([name, value]) => ({ Key: name, Value: value }));
        if (TagSet.length === 0) await client.send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId }));
        else await client.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }));
        return { status: 200, body: { data: { tags } } };
      }),
  };
}

type Listed = {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
};

function toVersion(listed: Listed, isDeleteMarker: boolean) {
  const { Key, VersionId = "null", IsLatest = false, LastModified = new Date(0), Size = 0, ETag = "" } = listed;
  return {
    key: unescapeListed(Key),
    versionId: VersionId,
    isLatest: IsLatest,
    isDeleteMarker,
    lastModified: LastModified.toISOString(),
    sizeBytes: isDeleteMarker ? null : Size,
    etag: isDeleteMarker ? null : ETag,
  };
}

type Version = ReturnType<typeof toVersion>;

/** S3 lists versions and markers in one order, and its client tears them apart. */
function newestFirst(a: Version, b: Version): number {
  if (a.key !== b.key) return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
  if (a.isLatest !== b.isLatest) return a.isLatest ? -1 : 1;
  return b.lastModified.localeCompare(a.lastModified);
}

const cursorSchema = z.strictObject({ key: z.string().min(1), versionId: z.string().optional() });
type Cursor = z.output<typeof cursorSchema>;

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

function readCursor(text: string): Partial<Cursor> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (cause) {
    throw new Problem("INVALID_REQUEST", { detail: "The cursor is none that this list has answered.", cause });
  }
}
