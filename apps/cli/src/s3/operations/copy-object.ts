import { textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { copySource } from "../s3-url.ts";
import type { ObjectAddress } from "./head-object.ts";
import { type StoredObject, type StoredSettings, settingsHeaders } from "./put-object.ts";
import { readAnswer, unquoted } from "./read-answer.ts";

export type CopyObjectInput = {
  readonly source: ObjectAddress & { readonly etag?: string | undefined };
  readonly bucket: string;
  readonly key: string;
  /** Instead of those of the source. @default they are copied */
  readonly settings?: StoredSettings | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly ifNoneMatch?: "*" | undefined;
};

/** CopyObject: within one endpoint, at most 5 GiB. */
export async function copyObject(client: S3Client, input: CopyObjectInput): Promise<StoredObject> {
  const { source, bucket, key, settings, headers = {}, ifNoneMatch } = input;
  const answer = await client.send({
    method: "PUT",
    bucket,
    key,
    isRepeatable: ifNoneMatch === undefined,
    headers: {
      ...(settings && settingsHeaders(settings)),
      ...headers,
      "x-amz-copy-source": copySource(source),
      "x-amz-copy-source-if-match": source.etag === undefined ? undefined : `"${source.etag}"`,
      "x-amz-metadata-directive": settings === undefined ? undefined : "REPLACE",
      "x-amz-tagging-directive": settings?.tags === undefined ? undefined : "REPLACE",
      "if-none-match": ifNoneMatch,
    },
  });
  const root = readAnswer(answer, "CopyObjectResult", nameOf({ bucket, key }));
  return { etag: unquoted(textOf(root, "ETag")), versionId: answer.headers["x-amz-version-id"] };
}
