import { z } from "@stave/api-contract";
import { failedWith, makeBackup } from "../backups/make-backup.ts";
import { writeIndex } from "../backups/manifest.ts";
import { requireBackup, withStore } from "../backups/open-backup.ts";
import { orEnd } from "../backups/problems.ts";
import { removeExpired } from "../backups/remove-expired.ts";
import { Problem } from "../http/problem.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { listBucketNames } from "../services/empty-account.ts";
import { requireService } from "./create-service.ts";
import { defineJob } from "./define-job.ts";

const data = z.strictObject({ backupId: z.string(), buckets: z.array(z.string()).optional() });

type Data = z.output<typeof data>;

/** Makes a backup whose row is there. What was stored when it fails is of use to the next one, and goes with its row. */
export const runBackupJob = defineJob<Data>({
  type: "backup:run",
  isLong: true,
  data,
  steps: [
    {
      name: "list",
      async run(context, { backupId }) {
        const { serviceId } = await requireBackup(context, backupId);
        const service = await requireService(context, serviceId);
        if (service.status !== "running") {
          throw new Problem("CONFLICT", { detail: `The service is ${service.status}.` });
        }
        try {
          return { buckets: [...(await listBucketNames(await context.clients.clientOf(service), context.signal))] };
        } catch (error) {
          const ended = orEnd(error, context.signal);
          if (!(ended instanceof Problem)) throw error;
          const { reason } = describeS3Error(error);
          throw new Problem("CONFLICT", { detail: `The buckets cannot be listed. ${reason}`, cause: error });
        }
      },
    },
    {
      name: "copy",
      async run(context, { backupId, buckets = [] }) {
        const backup = await requireBackup(context, backupId);
        const service = await requireService(context, backup.serviceId);
        const client = await context.clients.clientOf(service);
        const { signal } = context;
        const { withVersions } = backup;
        await withStore(context, backup, async (store) => {
          const done = await makeBackup(context, { service, client, buckets, withVersions, signal, backup, store });
          if (done.counts.failures > 0) throw failedWith(done);
        });
      },
    },
    {
      name: "finish",
      async run(context, { backupId }) {
        const backup = await requireBackup(context, backupId);
        const { backups } = context.database.as(context.actor);
        const chunks = await backups.chunks(backupId);
        const { signal } = context;
        await withStore(context, backup, async (store) => {
          const manifestChecksum = await writeIndex({ store, signal }, backup, chunks);
          await backups.end(backupId, { state: "completed", manifestChecksum });
        });
      },
    },
    {
      name: "expire",
      async run(context, { backupId }) {
        const { scheduleId } = await requireBackup(context, backupId);
        if (scheduleId !== undefined) await removeExpired(context, scheduleId);
      },
    },
  ],
  result: ({ backupId }) => ({ backupId }),
  async failed(context, { backupId }, { code, detail }) {
    const { backups } = context.database.as(context.actor);
    const backup = await backups.find(backupId);
    const problems = backup?.problems ?? [];
    const isSaid = (backup?.counts.failures ?? 0) > 0 && code === "CONFLICT" && detail.startsWith("Not everything");
    await backups.end(backupId, {
      state: "failed",
      problems: isSaid ? problems : [{ code, reason: detail }, ...problems],
    });
  },
});
