import { z } from "@stave/api-contract";
import { requireBackup, withStore } from "../backups/open-backup.ts";
import { removeOwnFolder, sweepBodies } from "../backups/sweep-bodies.ts";
import { defineJob } from "./define-job.ts";

const data = z.strictObject({
  backupId: z.string(),
  /** What is stored stays where it is. */
  forget: z.boolean(),
});

/**
 * Takes away what no other backup of the folder needs, then the manifest, then the row: until then it can be done again. Nothing of the
 * folder is made meanwhile.
 */
export const deleteBackupJob = defineJob<z.output<typeof data>>({
  type: "backup:delete",
  isLong: true,
  data,
  steps: [
    {
      name: "sweep",
      async run(context, { backupId, forget }) {
        if (forget) return;
        const backup = await requireBackup(context, backupId);
        await withStore(context, backup, (store) => sweepBodies(context, { backup, store }));
      },
    },
    {
      name: "manifest",
      async run(context, { backupId, forget }) {
        if (forget) return;
        const backup = await requireBackup(context, backupId);
        await withStore(context, backup, (store) => removeOwnFolder({ backup, store, signal: context.signal }));
      },
    },
    {
      name: "row",
      run: ({ database, actor }, { backupId }) => database.as(actor).backups.remove(backupId),
    },
  ],
  result: ({ backupId }) => ({ backupId }),
});
