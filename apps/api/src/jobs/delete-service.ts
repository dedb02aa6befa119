import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import { ControlDatabaseError, type ServiceRecord } from "@stave/control-database";
import { deleteBuckets } from "../services/empty-account.ts";
import { issueRootKey, keysOf } from "../services/root-key.ts";
import { ignoreGone, requireService } from "./create-service.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { markDeleting } from "./mark-deleting.ts";
import { removeAccount } from "./remove-account.ts";

const data = z.strictObject({
  serviceId: z.int(),
  accountId: z.string().optional(),
  /** Whether objects go, too. */
  force: z.boolean(),
  /** Whether its backups go with it. */
  backups: z.enum(["keep", "delete"]).default("keep"),
  fromStatus: z.enum(["running", "stopped", "failed"]),
  fromReason: z.string().optional(),
});

type Data = z.output<typeof data>;

const backupPage = 100;

/** Takes a service away: buckets first, then keys and account, then its row. Until the keys go it can be taken back. */
export const deleteServiceJob = defineJob<Data>({
  type: "service:delete",
  data,
  steps: [
    {
      name: "mark",
      run: (context, { serviceId }) => markDeleting(context, serviceId),
      undo: restore,
    },
    {
      name: "empty",
      async run(context, { serviceId, accountId, force }) {
        if (accountId === undefined) return;
        const service = await openForDeleting(context, serviceId, accountId);
        await empty(context, await context.clients.clientOf(service), force);
      },
    },
    {
      name: "keys",
      async run(context, { serviceId, accountId, force }) {
        if (accountId === undefined) return;
        const { accessKeyId: root } = await requireService(context, serviceId);
        const keys = context.accessKeysFor(context.actor);
        for (const { accessKeyId, revokedAt } of await keysOf(context, accountId)) {
          if (accessKeyId !== root && revokedAt === undefined) await keys.revoke(accessKeyId);
        }
        // Whoever had a key may have made a bucket meanwhile. Nobody can any more.
        const service = await openForDeleting(context, serviceId, accountId);
        await empty(context, await context.clients.clientOf(service), force);
      },
    },
    {
      name: "account",
      async run(context, { serviceId, accountId }) {
        if (accountId !== undefined) await removeAccount(context, { serviceId, accountId });
      },
    },
    {
      name: "backups",
      async run(context, { serviceId, backups }) {
        if (backups === "delete") await deleteBackupsOf(context, serviceId);
      },
    },
    {
      name: "row",
      async run({ database, actor }, { serviceId }) {
        await database.as(actor).services.remove(serviceId).catch(ignoreGone);
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
});

/** Each by a job of its own, which needs no service. */
export async function deleteBackupsOf({ database, actor }: StepContext, serviceId: number): Promise<void> {
  const { backups } = database.as(actor);
  for (let before: string | undefined; ; ) {
    const found = await backups.list({ serviceId, limit: backupPage, before });
    for (const { id } of found) {
      await backups.beginDelete(id).catch((error: unknown) => {
        // It goes already, or somebody reads it: it is listed, and can be deleted later.
        const isBusy = error instanceof ControlDatabaseError && ["BackupBusy", "BackupNotFound"].includes(error.code);
        if (!isBusy) throw error;
      });
    }
    before = found.at(-1)?.id;
    if (found.length < backupPage) return;
  }
}

async function empty({ signal, progress }: StepContext, client: S3Client, force: boolean): Promise<void> {
  let done = 0;
  await deleteBuckets(client, {
    force,
    signal,
    onDeleted: async (objects) => {
      done += objects;
      await progress({ done, message: "objects deleted" });
    },
  });
}

/** With a key that works: it may be stopped, and an earlier try may have taken its keys away. */
async function openForDeleting(context: StepContext, serviceId: number, accountId: string): Promise<ServiceRecord> {
  const { services } = context.database.as(context.actor);
  const service = await services.change(serviceId, {}, { account: { isSuspended: false } });
  const { accessKeyId } = service;
  const isOpen =
    accessKeyId !== undefined && (await context.accessKeysFor("system").secretOf(accessKeyId)) !== undefined;
  if (isOpen) return service;
  return await services.change(serviceId, { accessKeyId: await issueRootKey(context, { serviceId, accountId }) });
}

/** As it was, as far as it is still there. */
async function restore(context: StepContext, { serviceId, fromStatus, fromReason }: Data): Promise<void> {
  const { services } = context.database.as(context.actor);
  const service = await services.find(serviceId);
  if (service === undefined) return;
  const { accessKeyId } = service;
  const isWhole =
    service.engine !== "stave" ||
    (accessKeyId !== undefined && (await context.accessKeysFor("system").secretOf(accessKeyId)) !== undefined);
  const change = isWhole
    ? { status: fromStatus, statusReason: fromReason ?? null }
    : { status: "failed" as const, statusReason: "It was deleted in part. Delete it again." };
  await services.change(serviceId, change, { account: { isSuspended: fromStatus === "stopped" } });
}
