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
import { type EngineAbilities, engineAbilities, fullAbilities } from "../transfer/engine-abilities.ts";
import { ignoreGone, requireService } from "./create-service.ts";
import { defineJob, type Step, type StepContext } from "./define-job.ts";
import { type Making, makingSteps } from "./making-steps.ts";
import { removeAccount } from "./remove-account.ts";

const data = z.strictObject({
  restoreId: z.string(),
  backupId: z.string(),
  serviceId: z.int(),
  mode: z.enum(["in_place", "new_service"]),
  bucketSuffix: z.string(),
  /** Of a new service of the built-in engine. */
  accountId: z.string().optional(),
  displayName: z.string().optional(),
  quotaBytes: z.int().optional(),
  /** Of a new one in a container. */
  container: z
    .strictObject({ ports: z.strictObject({ api: z.int().optional(), console: z.int().optional() }) })
    .optional(),
  /** What the engine was seen to do. */
  abilities: z
    .strictObject({
      versions: z.boolean(),
      tags: z.boolean(),
      checksums: z.boolean(),
      objectLock: z.boolean(),
      multipart: z.boolean(),
    })
    .optional(),
  /** What the new engine has not taken. */
  lost: z.array(z.strictObject({ bucket: z.string().optional(), code: z.string(), reason: z.string() })).optional(),
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
      async run({ database, actor, now }, { serviceId, accountId, displayName = "", quotaBytes }) {
        if (accountId === undefined) return;
        const { accounts, services } = database.as(actor);
        if ((await accounts.find(accountId)) === undefined) {
          const account = { id: accountId, displayName, createdAt: now() };
          await accounts.insert({ ...account, ...(quotaBytes !== undefined && { quotaBytes }) });
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
    ...makingSteps.map(inContainer),
    {
      name: "check",
      async run(context, restore) {
        const { serviceId: ofBackup } = await requireBackup(context, restore.backupId);
        if (restore.mode === "in_place" && ofBackup !== restore.serviceId) {
          throw new Problem("CONFLICT", { detail: "The backup is of another service." });
        }
        const abilities = await findAbilities(context, restore);
        await inRestore(context, { ...restore, abilities }, async ({ client, index, signal }) => {
          const own = await listBucketNames(client, signal);
          for (const { target } of index.buckets) {
            if (own.includes(target) || !(await isTaken(client, target, signal))) continue;
            throw new Problem("CONFLICT", { detail: `Somebody else has a bucket named ${target}.` });
          }
        });
        return { abilities };
      },
    },
    {
      name: "buckets",
      run: (context, restore) => inRestore(context, restore, makeBuckets),
      async undo(context, { serviceId, mode, container }) {
        // What is in a container goes with its volume.
        if (mode !== "new_service" || container !== undefined) return;
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
      async run(context, restore) {
        const lost: NonNullable<Data["lost"]> = [];
        const onLost = restore.container === undefined ? {} : { onLost: lost.push.bind(lost) };
        await inRestore(context, restore, async (input) => {
          if (restore.container !== undefined) lost.push(...lostObjects(input));
          await applyAllSettings(context, { ...input, ...onLost });
        });
        for (const { bucket, reason } of lost) await context.say([bucket, reason].filter(Boolean).join(": "));
        return { lost };
      },
    },
    {
      name: "done",
      async run({ database, actor }, { serviceId, mode, restoreId, lost = [] }) {
        const { services, restores } = database.as(actor);
        if (mode === "new_service") await services.change(serviceId, { status: "running", statusReason: null });
        const problems = lost.map(({ bucket, ...problem }) => ({
          ...problem,
          ...(bucket !== undefined && { bucket }),
        }));
        await restores.end(restoreId, { state: "completed", problems });
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

/** Of a job that makes a service in a container. */
function inContainer({ name, run, undo }: Step<Making>): Step<Data> {
  return {
    name,
    async run(context, { serviceId, container }) {
      if (container !== undefined) await run(context, { serviceId, ...container });
    },
    async undo(context, { serviceId, container }) {
      if (container !== undefined) await undo?.(context, { serviceId, ...container });
    },
  };
}

async function findAbilities(context: StepContext, { serviceId }: Data): Promise<EngineAbilities> {
  const service = await requireService(context, serviceId);
  if (service.engine === "stave") return fullAbilities;
  const { signal } = context;
  return await engineAbilities(await context.clients.clientOf(service), { signal });
}

/** What cannot be as it was, whatever one does. */
function lostObjects({ abilities, backup }: RestoreInput): NonNullable<Data["lost"]> {
  const reasons = [
    backup.withVersions && !abilities.versions ? "Its engine keeps no versions: the newest ones are there." : "",
    abilities.tags ? "" : "Its engine has no tags of objects.",
  ];
  return reasons.filter((reason) => reason !== "").map((reason) => ({ code: "NotTaken", reason }));
}

/** With both sides open. */
async function inRestore(
  context: StepContext,
  { restoreId, backupId, serviceId, mode, bucketSuffix, abilities = fullAbilities }: Data,
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
  const withHistory = mode === "new_service" && backup.withVersions && abilities.versions;
  await withStore(context, backup, async (store) => {
    const client = await context.clients.clientOf(service);
    const index = await openRestoreIndex({ backup, store, bucketSuffix, withHistory, signal });
    try {
      const note = (changed: typeof counts) => restores.note(restoreId, changed);
      await work({ client, store, backup, abilities, service, index, withHistory, counts, note, signal });
    } finally {
      index.close();
    }
  });
}
