import { z } from "@stave/api-contract";
import { requireBackup, withStore } from "../backups/open-backup.ts";
import { sentence } from "../backups/problems.ts";
import { verifyBackup } from "../backups/verify-backup.ts";
import { Problem } from "../http/problem.ts";
import { defineJob } from "./define-job.ts";

const data = z.strictObject({ backupId: z.string() });

/** Reads all of a backup again. It is failed when anything of it is not as it was written. */
export const verifyBackupJob = defineJob<z.output<typeof data>>({
  type: "backup:verify",
  isLong: true,
  data,
  steps: [
    {
      name: "read",
      async run(context, { backupId }) {
        const backup = await requireBackup(context, backupId);
        const found = await withStore(context, backup, (store) => verifyBackup(context, { backup, store }));
        const isGood = found.damaged === 0;
        await context.database
          .as(context.actor)
          .backups.noteVerification(backupId, { isGood, problems: found.problems });
        if (isGood) return;
        throw new Problem("CONFLICT", { detail: `The backup is damaged. ${sentence(found.problems, found.damaged)}` });
      },
    },
  ],
  result: ({ backupId }) => ({ backupId, isGood: true }),
});
