import type { S3Body, S3Client } from "../s3-client.ts";
import type { ObjectAddress } from "./head-object.ts";
import { type ObjectHead, readObjectHead } from "./object-head.ts";

export type GetObjectInput = ObjectAddress & {
  /** The first and the last byte. */
  readonly range?: readonly [from: number, to: number] | undefined;
  /** Only while it is this one: `PreconditionFailed` when it was overwritten. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** GetObject. The body has to be read or destroyed. */
export async function getObject(
  client: S3Client,
  { bucket, key, versionId, range, ifMatch, signal }: GetObjectInput,
): Promise<{ readonly head: ObjectHead; readonly body: S3Body["body"] }> {
  const { headers, body } = await client.open({
    bucket,
    key,
    query: { versionId },
    headers: {
      range: range === undefined ? undefined : `bytes=${range[0]}-${range[1]}`,
      "if-match": ifMatch === undefined ? undefined : `"${ifMatch}"`,
      "x-amz-checksum-mode": range === undefined ? "ENABLED" : undefined,
    },
    signal,
  });
  return { head: readObjectHead(headers), body };
}
