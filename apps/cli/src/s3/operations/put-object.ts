import type { S3Client } from "../s3-client.ts";
import { unquoted } from "./read-answer.ts";

/** What is stored beside the bytes; the same words for one request and for parts. */
export type StoredSettings = {
  readonly contentType?: string | undefined;
  /** Lower-case names: `cache-control`. */
  readonly stored?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly storageClass?: string | undefined;
  /** Further headers, as they are: encryption, locks, ACLs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type PutObjectInput = StoredSettings & {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array | string;
  /** `*`: only where nothing is yet. */
  readonly ifNoneMatch?: "*" | undefined;
  readonly ifMatch?: string | undefined;
  /** `x-amz-checksum-*`, by algorithm in lower case. */
  readonly checksum?: Readonly<Record<string, string>> | undefined;
  readonly payloadHash?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type StoredObject = { readonly etag: string; readonly versionId: string | undefined };

export async function putObject(client: S3Client, input: PutObjectInput): Promise<StoredObject> {
  const { bucket, key, body, ifNoneMatch, ifMatch, checksum = {}, payloadHash, signal } = input;
  const { headers } = await client.send({
    method: "PUT",
    bucket,
    key,
    body,
    payloadHash,
    signal,
    // Again after an answer that was lost it would find itself there.
    isRepeatable: ifNoneMatch === undefined && ifMatch === undefined,
    headers: {
      ...settingsHeaders(input),
      ...Object.fromEntries(Object.entries(checksum).map(([name, value]) => [`x-amz-checksum-${name}`, value])),
      "if-none-match": ifNoneMatch,
      "if-match": ifMatch === undefined ? undefined : `"${ifMatch}"`,
    },
  });
  return { etag: unquoted(headers.etag), versionId: headers["x-amz-version-id"] };
}

export function settingsHeaders({
  contentType,
  stored = {},
  metadata = {},
  tags = {},
  storageClass,
  headers = {},
}: StoredSettings): Readonly<Record<string, string | undefined>> {
  const tagging = new URLSearchParams(tags).toString();
  return {
    "content-type": contentType,
    ...stored,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    "x-amz-tagging": tagging === "" ? undefined : tagging,
    "x-amz-storage-class": storageClass,
    ...headers,
  };
}
