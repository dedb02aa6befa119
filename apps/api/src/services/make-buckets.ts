import { CreateBucketCommand } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { describeS3Error } from "./describe-s3-error.ts";

/** What is there already is left as it is. Throws a {@link Problem} for a name that somebody else has, or nobody may have. */
export async function makeBuckets(
  { clients, signal }: StepContext,
  service: ServiceRecord,
  buckets: readonly string[],
): Promise<void> {
  if (buckets.length === 0) return;
  const client = await clients.clientOf(service);
  const place = placeOf(service);
  for (const Bucket of buckets) {
    await client
      .send(new CreateBucketCommand({ Bucket, ...place }), { abortSignal: signal })
      .catch((error: unknown) => {
        const { code } = describeS3Error(error);
        if (code === "BucketAlreadyOwnedByYou") return;
        if (code === "BucketAlreadyExists") {
          throw new Problem("CONFLICT", { detail: `Somebody else has a bucket named ${Bucket}.`, cause: error });
        }
        if (code === "InvalidBucketName") {
          throw new Problem("UNPROCESSABLE", { detail: `${Bucket} cannot be the name of a bucket.`, cause: error });
        }
        throw error;
      });
  }
}

/** Of a new bucket. Other servers than the gateway may insist on it. */
export function placeOf({ engine, region }: Pick<ServiceRecord, "engine" | "region">) {
  if (engine === "stave" || region === "us-east-1") return {};
  return { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
}
