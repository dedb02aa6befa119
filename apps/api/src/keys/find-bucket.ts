import { ListBucketsCommand } from "@aws-sdk/client-s3";
import type { OperationContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import type { KeyService } from "./find-key-service.ts";

export type FoundBucket = { readonly name: string; readonly createdAt: Date };

/** A bucket of the service, and when it was made: with that it is told from others that had its name before. Throws a {@link Problem}. */
export async function findBucket(context: OperationContext, service: KeyService, name: string): Promise<FoundBucket> {
  if (service.status === "stopped") {
    throw new Problem("CONFLICT", {
      detail: `The service ${service.name} is stopped.`,
      nextActions: ["Start the service."],
    });
  }
  const client = await context.clients.clientOf(service);
  const { Buckets = [] } = await client
    .send(new ListBucketsCommand({ Prefix: name, MaxBuckets: 1 }))
    .catch((cause: unknown) => {
      throw new Problem("UNAVAILABLE", {
        detail: `The service ${service.name} does not answer as it should.`,
        headers: { "retry-after": "5" },
        cause,
      });
    });
  const [found] = Buckets; // the shortest name with this prefix comes first
  if (found?.Name === name && found.CreationDate !== undefined) return { name, createdAt: found.CreationDate };
  throw new Problem("NOT_FOUND", { detail: `The service ${service.name} has no bucket ${name}.` });
}
