import { z } from "@stave/api-contract";
import { requireBackup, withStore } from "../backups/open-backup.ts";
import { isTaken } from "../backups/plan-restore.ts";
import { openRestoreIndex } from "../backups/restore-index.ts";
import {
  applyAllSettings,
  deleteExtra,
  makeBuckets,
  type RestoreInput,
  verifyRestored,
  writeObjects,
} from "../backups/restore-steps.ts";
import { Problem } from "../http/problem.ts";
import { deleteBuckets, listBucketNames } from "../services/empty-account.ts";
import { issueRootKey } from "../services/root-key.ts";
import { engineAbilities, fullAbilities } from "../transfer/engine-abilities.ts";
import { ignoreGone, requireService } from "./create-service.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { removeAccount } from "./remove-account.ts";

const data = z.strictObject({
  restoreId: z.string(),
  backupId: z.string(),
  serviceId: z.int(),
  mode: z.enum(["in_place", "new_service"]),
  bucketSuffix: z.string(),
  /** Of a new service. */
  accountId: z.string().optional(),
  displayName: z.string().optional(),
});

type Data = z.output<typeof data>;

/** Brings a backup back. A new service that does not become complete goes; in place, what was brought back stays, and it can be done again. */
export const restoreBackupJob = defineJob<Data>({
  type: "backup:restore",
  isLong: true,
  data,
  steps: [
    {
      name: "account",
      async run({ database, actor, now }, { serviceId, accountId, displayName = "" }) {
        if (accountId === undefined) return;
        const { accounts, services } = database.as(actor);
        if ((await accounts.find(accountId)) === undefined) {
          await accounts.insert({ id: accountId, displayName, createdAt: now() });
        }
        await services.change(serviceId, { accountId });
      },
      async undo(context, { serviceId, accountId }) {
        if (accountId !== undefined) await removeAccount(context, { serviceId, accountId });
      },
    },
    {
      name: "key",
      async run(context, { serviceId, accountId }) {
        if (accountId === undefined) return;
        const accessKeyId = await issueRootKey(context, { serviceId, accountId });
        await context.database.as(context.actor).services.change(serviceId, { accessKeyId });
      },
    },
    {
      name: "check",
      async run(context, restore) {
        const { serviceId: ofBackup } = await requireBackup(context, restore.backupId);
        if (restore.mode === "in_place" && ofBackup !== restore.serviceId) {
          throw new Problem("CONFLICT", { detail: "The backup is of another service." });
        }
        await inRestore(context, restore, async ({ client, index, signal }) => {
          const own = await listBucketNames(client, signal);
          for (const { target } of index.buckets) {
            if (own.includes(target) || !(await isTaken(client, target, signal))) continue;
            throw new Problem("CONFLICT", { detail: `Somebody else has a bucket named ${target}.` });
          }
        });
      },
    },
    {
      name: "buckets",
      run: (context, restore) => inRestore(context, restore, makeBuckets),
      async undo(context, { serviceId, mode }) {
        if (mode !== "new_service") return;
        const service = await context.database.as("system").services.find(serviceId);
        if (service?.accessKeyId === undefined) return;
        const client = await context.clients.clientOf(service);
        await deleteBuckets(client, { force: true, signal: context.signal, onDeleted: async () => {} });
      },
    },
    {
      name: "objects",
      run: (context, restore) => inRestore(context, restore, (input) => writeObjects(context, input)),
    },
    {
      name: "extra",
      async run(context, restore) {
        if (restore.mode === "in_place") await inRestore(context, restore, (input) => deleteExtra(context, input));
      },
    },
    {
      name: "verify",
      run: (context, restore) => inRestore(context, restore, (input) => verifyRestored(context, input)),
    },
    {
      name: "settings",
      run: (context, restore) => inRestore(context, restore, (input) => applyAllSettings(context, input)),
    },
    {
      name: "done",
      async run({ database, actor }, { serviceId, mode, restoreId }) {
        const { services, restores } = database.as(actor);
        if (mode === "new_service") await services.change(serviceId, { status: "running", statusReason: null });
        await restores.end(restoreId, { state: "completed" });
      },
    },
  ],
  result: ({ restoreId, serviceId }) => ({ restoreId, serviceId }),
  async failed({ database, actor }, { restoreId, serviceId, mode }, { code, detail }) {
    const { restores, services } = database.as(actor);
    if (mode === "new_service") await services.remove(serviceId).catch(ignoreGone);
    await restores.end(restoreId, { state: "failed", problems: [{ code, reason: detail }] });
  },
});

/** With both sides open. */
async function inRestore(
  context: StepContext,
  { restoreId, backupId, serviceId, mode, bucketSuffix }: Data,
  work: (input: RestoreInput) => Promise<void>,
): Promise<void> {
  const { signal } = context;
  const backup = await requireBackup(context, backupId);
  const service = await requireService(context, serviceId);
  if (mode === "in_place" && service.status !== "running") {
    throw new Problem("CONFLICT", { detail: `The service is ${service.status}.` });
  }
  const { restores } = context.database.as("system");
  const counts = (await restores.find(restoreId))?.counts;
  if (counts === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such restore." });
  const withHistory = mode === "new_service" && backup.withVersions;
  await withStore(context, backup, async (store) => {
    const client = await context.clients.clientOf(service);
    const abilities = service.engine === "stave" ? fullAbilities : await engineAbilities(client, { signal });
    const index = await openRestoreIndex({ backup, store, bucketSuffix, withHistory, signal });
    try {
      const note = (changed: typeof counts) => restores.note(restoreId, changed);
      await work({ client, store, backup, abilities, service, index, withHistory, counts, note, signal });
    } finally {
      index.close();
    }
  });
}
