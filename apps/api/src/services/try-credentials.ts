import { ListBucketsCommand, type S3Client } from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { describeS3Error } from "./describe-s3-error.ts";

const timeoutMs = 5_000;

/** Asks for buckets, signed. Throws a {@link Problem} when the server does not answer, or does not know the pair. */
export async function tryCredentials(client: S3Client): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal: timeout });
  } catch (error) {
    const reason = timeout.aborted ? `There was no answer within ${timeoutMs} ms.` : describeS3Error(error).reason;
    throw new Problem("UNPROCESSABLE", {
      detail: `ListBuckets failed. ${reason}`,
      nextActions: ["Check the keys and the region."],
      cause: error,
    });
  }
}
