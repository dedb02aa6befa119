import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadBucketCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import type { Routes } from "@stave/api-contract";
import type { OperationContext } from "../../context.ts";
import type { ApiRequest, Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { readVisibility } from "../../storage/bucket-visibility.ts";
import { inStorage, type Storage } from "../../storage/open-storage.ts";
import { createPresigner, type Presigner } from "../../storage/presign.ts";
import { attachment, isSafeToShow } from "../../storage/safe-headers.ts";
import { serverMadeKey } from "../../storage/server-made-key.ts";
import { readMaxUploadBytes } from "../../storage/upload-limit.ts";

type StrategyHandlers = Pick<Handlers, "createUploadStrategy" | "confirmUpload" | "getDownloadStrategy">;

export function strategyOperations(context: OperationContext): StrategyHandlers {
  return {
    createUploadStrategy: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        const { filename = "file", key = serverMadeKey(filename, context.now()), size, kind } = request.body;
        const maxBytes = await readMaxUploadBytes(context);
        if (size !== undefined && size > maxBytes) {
          throw new Problem("BODY_TOO_LARGE", { detail: `An upload may have ${maxBytes} bytes.` });
        }
        if ((kind === "post" || kind === "put") && (size ?? 0) > maxWholeBytes) {
          throw new Problem("UNPROCESSABLE", {
            detail: "S3 takes at most 5 GiB at once.",
            nextActions: ["Ask for the kind `multipart`."],
          });
        }
        await storage.client.send(new HeadBucketCommand({ Bucket: bucket }));
        await storage.record("upload:presign", `${bucket}/${key}`, { kind, expiresIn: request.body.expiresIn });
        const presigner = await createPresigner(context, storage.service);
        const expiresAt = new Date(context.now().getTime() + request.body.expiresIn * 1000);
        const { service } = request.query;
        const query = service === undefined ? "" : `?service=${service}`;
        const path = `/api/storage/buckets/${bucket}/objects/${encodeURIComponent(key)}/confirm-upload${query}`;
        const common = {
          method: "presigned",
          key,
          expiresAt: expiresAt.toISOString(),
          confirmRequired: true,
          confirmUrl: path,
        } as const;
        const asked: Asked = { ...request.body, bucket, key, maxBytes, expiresAt };
        if (kind === "post")
          return { status: 201, body: { data: { kind, ...common, ...(await signForm(presigner, asked)) } } };
        if (kind === "put")
          return { status: 201, body: { data: { kind, ...common, ...(await signPut(presigner, asked)) } } };
        return { status: 201, body: { data: { kind, ...common, ...(await startParts(storage, presigner, asked)) } } };
      }),
    confirmUpload: (request) =>
      inStorage(context, request, async ({ client, record }) => {
        const { bucket: Bucket, key: Key } = request.params;
        const { size, contentType, etag, multipart } = request.body;
        if (multipart !== undefined) {
          await record("upload:complete", `${Bucket}/${Key}`);
          const Parts = multipart.parts.map((part) => ({ PartNumber: part.partNumber, ETag: part.etag }));
          await client.send(
            new CompleteMultipartUploadCommand({
              Bucket,
              Key,
              UploadId: multipart.uploadId,
              MultipartUpload: { Parts },
            }),
          );
        }
        const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
        const { ContentLength: sizeBytes = 0, ETag = "", ContentType = "" } = head;
        const maxBytes = await readMaxUploadBytes(context);
        if (sizeBytes > maxBytes) {
          throw new Problem("BODY_TOO_LARGE", {
            detail: `What has arrived has ${sizeBytes} bytes, ${maxBytes} are allowed.`,
          });
        }
        const differences = [
          differs("size", size, sizeBytes),
          differs("contentType", contentType, ContentType),
          differs("etag", etag?.replaceAll('"', ""), ETag.replaceAll('"', "")),
        ].flat();
        if (differences.length > 0) {
          throw new Problem("CONFLICT", { detail: "What has arrived is not what was announced.", errors: differences });
        }
        return {
          status: 200,
          body: {
            data: {
              key: Key,
              sizeBytes,
              etag: ETag,
              contentType: ContentType || null,
              versionId: head.VersionId ?? null,
              lastModified: (head.LastModified ?? new Date(0)).toISOString(),
            },
          },
        };
      }),
    getDownloadStrategy: (request) =>
      inStorage(context, request, async ({ client, service, record }) => {
        const { bucket, key } = request.params;
        const { versionId, expiresIn } = request.query;
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
        const presigner = await createPresigner(context, service);
        if (versionId === undefined && (await readVisibility(client, bucket)) === "public-read") {
          const url = presigner.plainUrl({ bucket, key });
          return { status: 200, body: { data: { method: "public", url, expiresAt: null } } };
        }
        await record("download:presign", `${bucket}/${key}`, { expiresIn, versionId });
        const url = await presigner.url({
          method: "GET",
          object: { bucket, key },
          query: {
            ...(versionId !== undefined && { versionId }),
            // Anonymous answers keep their own; signed ones can say that a browser is to save it.
            ...(!isSafeToShow(head.ContentType) && { "response-content-disposition": attachment(key) }),
          },
          expiresInSeconds: expiresIn,
        });
        const expiresAt = new Date(context.now().getTime() + expiresIn * 1000).toISOString();
        return { status: 200, body: { data: { method: "presigned", url, expiresAt } } };
      }),
  };
}

type Asked = ApiRequest<Routes["createUploadStrategy"]>["body"] & {
  readonly bucket: string;
  readonly key: string;
  readonly maxBytes: number;
  readonly expiresAt: Date;
};

const maxWholeBytes = 5 * 1024 ** 3;
/** Of 1,000 parts at most, so that all their addresses fit an answer. */
const minPartBytes = 16 * 1024 ** 2;
const maxParts = 1000;

async function signForm(presigner: Presigner, { bucket, key, contentType, size, maxBytes, expiresAt }: Asked) {
  const { url, fields } = await presigner.form({
    object: { bucket, key },
    contentType,
    minBytes: 0,
    maxBytes: Math.min(size ?? maxBytes, maxWholeBytes),
    expiresAt,
  });
  return { uploadUrl: url, fields };
}

/** What is signed along must be sent as it is: the service refuses another length or type. */
async function signPut(presigner: Presigner, { bucket, key, contentType, size, expiresIn }: Asked) {
  const headers = {
    ...(contentType !== undefined && { "content-type": contentType }),
    ...(size !== undefined && { "content-length": String(size) }),
  };
  const object = { bucket, key };
  const uploadUrl = await presigner.url({ method: "PUT", object, headers, expiresInSeconds: expiresIn });
  return { uploadUrl, headers };
}

async function startParts({ client }: Storage, presigner: Presigner, asked: Asked) {
  const { bucket, key, contentType, size, expiresIn: expiresInSeconds } = asked;
  if (size === undefined || size === 0) {
    throw new Problem("INVALID_REQUEST", {
      detail: "A multipart upload needs its size.",
      errors: [{ pointer: "/size", code: "required", message: "Expected the size in bytes." }],
    });
  }
  const partSizeBytes = Math.max(minPartBytes, Math.ceil(size / maxParts));
  const { UploadId: uploadId = "" } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      ...(contentType !== undefined && { ContentType: contentType }),
    }),
  );
  const object = { bucket, key };
  try {
    const parts = await Promise.all(
      Array.from({ length: Math.ceil(size / partSizeBytes) }, async (_, index) => {
        const partNumber = index + 1;
        const query = { partNumber: String(partNumber), uploadId };
        return { partNumber, url: await presigner.url({ method: "PUT", object, query, expiresInSeconds }) };
      }),
    );
    const abortUrl = await presigner.url({ method: "DELETE", object, query: { uploadId }, expiresInSeconds });
    return { uploadId, partSizeBytes, parts, abortUrl };
  } catch (error) {
    await client
      .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }))
      .catch(() => {});
    throw error;
  }
}

function differs(field: string, announced: string | number | undefined, found: string | number) {
  if (announced === undefined || announced === found) return [];
  return [{ pointer: `/${field}`, code: "differs", message: `Announced: ${announced}. Arrived: ${found}.` }];
}
