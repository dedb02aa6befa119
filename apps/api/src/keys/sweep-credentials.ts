import { ListBucketsCommand } from "@aws-sdk/client-s3";
import type { IssuedKeyRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";

type SweepContext = Pick<OperationContext, "database" | "clients" | "logger">;

const sweepEveryMs = 10 * 60_000;
const pageSize = 1000;

/** Revokes the credentials of buckets that were deleted over S3, now and every ten minutes. Until then they open nothing either: each is for the bucket that was made at one moment. */
export function startCredentialSweep(context: SweepContext): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const sweep = () => {
    running = sweepCredentials(context).catch((error: unknown) => {
      context.logger.warn({ err: error }, "credentials of deleted buckets could not be looked for");
    });
  };
  sweep();
  const timer = setInterval(sweep, sweepEveryMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Credentials first: a bucket that is made later than its list was read has none among them. */
async function sweepCredentials({ database, clients, logger }: SweepContext): Promise<void> {
  const { issuedKeys, services } = database.as("system");
  for (const [serviceId, credentials] of Map.groupBy(await listCredentials(issuedKeys), (key) => key.serviceId)) {
    const service = await services.find(serviceId);
    if (service === undefined) continue;
    const madeAt = await clients
      .clientOf(service)
      .then(listBuckets)
      .catch((error: unknown) => {
        logger.warn({ serviceId, err: error }, "the buckets of a service could not be listed");
      });
    if (madeAt === undefined) continue;
    for (const { id, bucket } of credentials) {
      if (bucket !== undefined && madeAt.get(bucket.name) !== bucket.createdAt.getTime()) await issuedKeys.revoke(id);
    }
  }
}

async function listCredentials(
  issuedKeys: ReturnType<SweepContext["database"]["as"]>["issuedKeys"],
): Promise<readonly IssuedKeyRecord[]> {
  const all: IssuedKeyRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await issuedKeys.listOfBuckets({ after, limit: pageSize });
    all.push(...page);
    after = page.at(-1)?.id;
    if (page.length < pageSize) return all;
  }
}

async function listBuckets(
  client: Awaited<ReturnType<SweepContext["clients"]["clientOf"]>>,
): Promise<ReadonlyMap<string, number>> {
  const madeAt = new Map<string, number>();
  for (let token: string | undefined; ; ) {
    const { Buckets = [], ContinuationToken } = await client.send(
      new ListBucketsCommand({ MaxBuckets: pageSize, ContinuationToken: token }),
    );
    for (const { Name, CreationDate } of Buckets) {
      if (Name !== undefined && CreationDate !== undefined) madeAt.set(Name, CreationDate.getTime());
    }
    if (ContinuationToken === undefined) return madeAt;
    token = ContinuationToken;
  }
}
