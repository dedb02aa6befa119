import { setTimeout as sleep } from "node:timers/promises";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import type { ReplacementData } from "../jobs/replace-container.ts";

const lookEveryMs = 250;

/** A crash right after it has the effect of one backup more. */
export async function beginBackup(
  { database, actor, say }: StepContext,
  { serviceId, backup }: ReplacementData,
): Promise<Partial<ReplacementData>> {
  if (backup === undefined) return {};
  const { id } = await orProblem(database.as(actor).backups.begin({ serviceId, ...backup }));
  await say(`The backup ${id} is begun.`);
  return { backupId: id };
}

/** Throws a {@link Problem} unless the backup is complete. */
export async function awaitBackup(context: StepContext, { backupId: id }: ReplacementData): Promise<void> {
  if (id === undefined) return;
  const { backups } = context.database.as("system");
  await context.progress({ done: 0, message: "Waiting for the backup" });
  for (; ; await sleep(lookEveryMs, undefined, { signal: context.signal })) {
    const backup = await backups.find(id);
    if (backup?.state === "running") continue;
    if (backup?.state === "completed") {
      return await context.say(`The backup is complete: ${backup.counts.objects} objects.`);
    }
    const [problem] = backup?.problems ?? [];
    const why = problem === undefined ? "It is gone." : `${problem.reason}`;
    throw new Problem("CONFLICT", { detail: `The backup ${id} is not complete, and nothing was changed. ${why}` });
  }
}
