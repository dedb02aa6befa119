import type { S3Client } from "../s3-client.ts";
import { type ObjectHead, readObjectHead } from "./object-head.ts";

export type ObjectAddress = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
};

export type HeadObjectInput = ObjectAddress & {
  /** Of an object of parts: what is said is of this one. */
  readonly partNumber?: number | undefined;
};

/** HeadObject, with its checksums. Throws `NotFound`. */
export async function headObject(
  client: S3Client,
  { bucket, key, versionId, partNumber }: HeadObjectInput,
): Promise<ObjectHead> {
  const { headers } = await client.send({
    method: "HEAD",
    bucket,
    key,
    query: { versionId, partNumber: partNumber === undefined ? undefined : String(partNumber) },
    headers: { "x-amz-checksum-mode": "ENABLED" },
  });
  return readObjectHead(headers);
}
