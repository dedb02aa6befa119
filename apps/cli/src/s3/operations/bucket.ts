import { CliError } from "../../command/cli-error.ts";
import type { S3Client } from "../s3-client.ts";
import { document, leaf } from "../write-xml.ts";

export type CreateBucketInput = { readonly bucket: string; readonly objectLock?: boolean | undefined };

/** CreateBucket, in the region of the endpoint. */
export async function createBucket(client: S3Client, { bucket, objectLock = false }: CreateBucketInput): Promise<void> {
  const { region } = client.endpoint;
  await client.send({
    method: "PUT",
    bucket,
    isRepeatable: false,
    headers: { "x-amz-bucket-object-lock-enabled": objectLock ? "true" : undefined },
    ...(region !== "us-east-1" && {
      body: document("CreateBucketConfiguration", leaf("LocationConstraint", region)),
    }),
  });
}

/** DeleteBucket: only an empty one. */
export async function deleteBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send({ method: "DELETE", bucket });
}

/** HeadBucket. */
export async function hasBucket(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send({ method: "HEAD", bucket });
    return true;
  } catch (error) {
    if (error instanceof CliError && error.code === "NotFound") return false;
    throw error;
  }
}
