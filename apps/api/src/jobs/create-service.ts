import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import { ControlDatabaseError, type ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { makeBuckets } from "../services/make-buckets.ts";
import { issueRootKey } from "../services/root-key.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { removeAccount } from "./remove-account.ts";

const data = z.strictObject({
  serviceId: z.int(),
  /** Chosen before it begins, so that the account that there is half way can be told from others. */
  accountId: z.string(),
  displayName: z.string(),
  quotaBytes: z.int().optional(),
  buckets: z.array(z.string()),
});

type Data = z.output<typeof data>;

/** Completes a service of the built-in engine whose row is there: an account of its own, its root key, its first buckets. */
export const createServiceJob = defineJob<Data>({
  type: "service:create",
  data,
  steps: [
    {
      name: "account",
      async run({ database, actor, now }, { serviceId, accountId, displayName, quotaBytes }) {
        const { accounts, services } = database.as(actor);
        if ((await accounts.find(accountId)) === undefined) {
          const account = { id: accountId, displayName, createdAt: now() };
          await accounts.insert({ ...account, ...(quotaBytes !== undefined && { quotaBytes }) });
        }
        await services.change(serviceId, { accountId });
      },
      undo: (context, { serviceId, accountId }) => removeAccount(context, { serviceId, accountId }),
    },
    {
      name: "key",
      async run(context, { serviceId, accountId }) {
        const accessKeyId = await issueRootKey(context, { serviceId, accountId });
        await context.database.as(context.actor).services.change(serviceId, { accessKeyId });
      },
    },
    {
      name: "buckets",
      async run(context, { serviceId, buckets }) {
        await makeBuckets(context, await requireService(context, serviceId), buckets);
      },
      async undo(context, { serviceId, buckets }) {
        const service = await context.database.as("system").services.find(serviceId);
        if (service?.accessKeyId === undefined || buckets.length === 0) return;
        const client = await context.clients.clientOf(service);
        for (const Bucket of buckets) {
          const options = { abortSignal: context.signal };
          await client.send(new DeleteBucketCommand({ Bucket }), options).catch((error: unknown) => {
            // Not made, or another's: both are as it was.
            if (!["NoSuchBucket", "AccessDenied"].includes(describeS3Error(error).code)) throw error;
          });
        }
      },
    },
    {
      name: "run",
      async run({ database, actor }, { serviceId }) {
        await database.as(actor).services.change(serviceId, { status: "running", statusReason: null });
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
  async failed({ database, actor }, { serviceId }) {
    await database.as(actor).services.remove(serviceId).catch(ignoreGone);
  },
});

export async function requireService({ database }: StepContext, id: number): Promise<ServiceRecord> {
  const service = await database.as("system").services.find(id);
  if (service === undefined) throw new Problem("NOT_FOUND", { detail: "The service is gone." });
  return service;
}

export function ignoreGone(error: unknown): void {
  if (!(error instanceof ControlDatabaseError) || error.code !== "ServiceNotFound") throw error;
}
