import { childrenOf, textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { copySource } from "../s3-url.ts";
import { document, leaf } from "../write-xml.ts";
import type { ObjectAddress } from "./head-object.ts";
import { type StoredObject, type StoredSettings, settingsHeaders } from "./put-object.ts";
import { dateOf, nextPage, numberOf, readAnswer, unescapeListed, unquoted } from "./read-answer.ts";

export type UploadAddress = { readonly bucket: string; readonly key: string; readonly uploadId: string };

/** `checksum`: by algorithm in lower case, as `x-amz-checksum-*` has it. */
export type UploadedPart = {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum?: Readonly<Record<string, string>> | undefined;
};

/** CreateMultipartUpload: its id. With `checksumAlgorithm` the parts and the whole are checked by it. */
export async function createMultipartUpload(
  client: S3Client,
  input: StoredSettings & {
    readonly bucket: string;
    readonly key: string;
    readonly checksumAlgorithm?: string | undefined;
  },
): Promise<string> {
  const { bucket, key, checksumAlgorithm } = input;
  const answer = await client.send({
    method: "POST",
    bucket,
    key,
    query: { uploads: "" },
    headers: {
      ...settingsHeaders(input),
      "x-amz-checksum-algorithm": checksumAlgorithm,
      "x-amz-checksum-type": checksumAlgorithm === undefined ? undefined : "FULL_OBJECT",
    },
  });
  return textOf(readAnswer(answer, "InitiateMultipartUploadResult", nameOf(input)), "UploadId") ?? "";
}

export async function uploadPart(
  client: S3Client,
  { bucket, key, uploadId }: UploadAddress,
  part: {
    readonly partNumber: number;
    readonly body: Uint8Array;
    readonly checksum?: Readonly<Record<string, string>> | undefined;
    readonly payloadHash?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<UploadedPart> {
  const { partNumber, body, checksum = {}, payloadHash, signal } = part;
  const { headers } = await client.send({
    method: "PUT",
    bucket,
    key,
    query: { partNumber: String(partNumber), uploadId },
    body,
    payloadHash,
    signal,
    headers: Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
  });
  return { partNumber, etag: unquoted(headers.etag), checksum };
}

/** UploadPartCopy: a piece of an object of the same endpoint. */
export async function uploadPartCopy(
  client: S3Client,
  { bucket, key, uploadId }: UploadAddress,
  part: {
    readonly partNumber: number;
    readonly source: ObjectAddress & { readonly etag?: string | undefined };
    readonly range: readonly [from: number, to: number];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<UploadedPart> {
  const { partNumber, source, range, signal } = part;
  const answer = await client.send({
    method: "PUT",
    bucket,
    key,
    query: { partNumber: String(partNumber), uploadId },
    signal,
    headers: {
      "x-amz-copy-source": copySource(source),
      "x-amz-copy-source-range": `bytes=${range[0]}-${range[1]}`,
      "x-amz-copy-source-if-match": source.etag === undefined ? undefined : `"${source.etag}"`,
    },
  });
  const root = readAnswer(answer, "CopyPartResult", nameOf({ bucket, key }));
  return { partNumber, etag: unquoted(textOf(root, "ETag")) };
}

/** CompleteMultipartUpload. `checksum` is of the whole. */
export async function completeMultipartUpload(
  client: S3Client,
  { bucket, key, uploadId }: UploadAddress,
  {
    parts,
    checksum = {},
    ifNoneMatch,
  }: {
    readonly parts: readonly UploadedPart[];
    readonly checksum?: Readonly<Record<string, string>> | undefined;
    readonly ifNoneMatch?: "*" | undefined;
  },
): Promise<StoredObject> {
  const content = parts.map(({ partNumber, etag, checksum: ofPart = {} }) => {
    const sums = Object.entries(ofPart).map(([name, value]) => leaf(`Checksum${name.toUpperCase()}`, value));
    return `<Part>${leaf("PartNumber", partNumber)}${leaf("ETag", `"${etag}"`)}${sums.join("")}</Part>`;
  });
  const answer = await client.send({
    method: "POST",
    bucket,
    key,
    query: { uploadId },
    body: document("CompleteMultipartUpload", content.join("")),
    headers: {
      "content-type": "application/xml",
      ...Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
      "x-amz-checksum-type": Object.keys(checksum).length === 0 ? undefined : "FULL_OBJECT",
      "if-none-match": ifNoneMatch,
    },
  });
  const root = readAnswer(answer, "CompleteMultipartUploadResult", nameOf({ bucket, key }));
  return { etag: unquoted(textOf(root, "ETag")), versionId: answer.headers["x-amz-version-id"] };
}

/** AbortMultipartUpload. `signal`: of its own, because it is what is done after an interruption. */
export async function abortMultipartUpload(
  client: S3Client,
  { bucket, key, uploadId }: UploadAddress,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await client.send({ method: "DELETE", bucket, key, query: { uploadId }, ...(signal && { signal }) });
}

/** ListParts, to the last one. Throws `NotFound` when the upload is over. */
export async function listParts(
  client: S3Client,
  { bucket, key, uploadId }: UploadAddress,
): Promise<readonly (UploadedPart & { readonly sizeBytes: number })[]> {
  const found: (UploadedPart & { readonly sizeBytes: number })[] = [];
  const what = nameOf({ bucket, key });
  for (let marker: string | undefined; ; ) {
    const answer = await client.send({ bucket, key, query: { uploadId, "part-number-marker": marker } });
    const root = readAnswer(answer, "ListPartsResult", what);
    for (const part of childrenOf(root, "Part")) {
      found.push({
        partNumber: numberOf(part, "PartNumber"),
        etag: unquoted(textOf(part, "ETag")),
        sizeBytes: numberOf(part, "Size"),
      });
    }
    marker = nextPage(root, marker, "NextPartNumberMarker", what);
    if (marker === undefined) return found;
  }
}

export type ListedUpload = { readonly key: string; readonly uploadId: string; readonly startedAt: Date };

/** ListMultipartUploads, to the last one. */
export async function* listMultipartUploads(
  client: S3Client,
  { bucket, prefix }: { readonly bucket: string; readonly prefix?: string | undefined },
): AsyncGenerator<ListedUpload, undefined> {
  const what = nameOf({ bucket });
  let keyMarker: string | undefined;
  let uploadMarker: string | undefined;
  for (;;) {
    const answer = await client.send({
      bucket,
      query: {
        uploads: "",
        "encoding-type": "url",
        prefix,
        "key-marker": keyMarker,
        "upload-id-marker": uploadMarker,
      },
    });
    const root = readAnswer(answer, "ListMultipartUploadsResult", what);
    const encoding = textOf(root, "EncodingType");
    for (const upload of childrenOf(root, "Upload")) {
      yield {
        key: unescapeListed(textOf(upload, "Key") ?? "", encoding),
        uploadId: textOf(upload, "UploadId") ?? "",
        startedAt: dateOf(upload, "Initiated"),
      };
    }
    const next = nextPage(root, uploadMarker, "NextUploadIdMarker", what);
    if (next === undefined) return;
    uploadMarker = next;
    keyMarker = unescapeListed(textOf(root, "NextKeyMarker") ?? "", encoding);
  }
}
