import { CreateBucketCommand, HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { nameOfS3Error } from "./try-key.ts";

/** Somebody else's is one, too. */
export async function isBucketThere(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return false;
    if (status === 403 || status === 301) return true;
    throw error;
  }
}

/** Making one's own again is no error. Throws a {@link Problem} for what cannot be made. */
export async function makeBucket(
  client: S3Client,
  { bucket, region }: { readonly bucket: string; readonly region: string },
): Promise<void> {
  const place =
    region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ...place }));
  } catch (error) {
    const name = nameOfS3Error(error);
    if (name === "BucketAlreadyOwnedByYou") return; // an earlier try has made it
    if (name === "BucketAlreadyExists") {
      throw new Problem("CONFLICT", {
        detail: `Somebody else has just made a bucket ${bucket}: try again.`,
        cause: error,
      });
    }
    if (name === "AccessDenied") {
      throw new Problem("CONFLICT", { detail: "The service's credentials may not create buckets.", cause: error });
    }
    throw error;
  }
}
