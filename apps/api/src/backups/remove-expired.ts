import { type BackupRecord, ControlDatabaseError } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

const page = 100;
const dayMs = 24 * 3_600_000;

/**
 * Begins to delete what a schedule does not keep any longer. The last good backup stays, however old it is; a failed one goes when it is
 * older than all that is kept.
 */
export async function removeExpired({ database, now }: Pick<ApiContext, "database" | "now">, scheduleId: string) {
  const { backupSchedules, backups } = database.as(`schedule:${scheduleId}`);
  const schedule = await backupSchedules.find(scheduleId);
  if (schedule === undefined) return;
  const all: BackupRecord[] = [];
  for (let before: string | undefined; ; ) {
    const found = await backups.list({ scheduleId, limit: page, before });
    all.push(...found);
    before = found.at(-1)?.id;
    if (found.length < page) break;
  }
  for (const { id } of expired(all, { ...schedule, at: now() })) {
    await backups.beginDelete(id).catch((error: unknown) => {
      // In use: the next time.
      if (!(error instanceof ControlDatabaseError)) throw error;
    });
  }
}

type Rules = {
  readonly retentionDays?: number | undefined;
  readonly retentionCount?: number | undefined;
  readonly at: Date;
};

/** Of backups that come newest first. */
export function expired(
  all: readonly Pick<BackupRecord, "id" | "state" | "isBusy" | "createdAt">[],
  { retentionDays, retentionCount, at }: Rules,
): readonly { readonly id: string }[] {
  const since = retentionDays === undefined ? Number.NEGATIVE_INFINITY : at.getTime() - retentionDays * dayMs;
  const good = all.filter(({ state }) => state === "completed");
  const kept = good.filter(({ createdAt }, place) => {
    return place === 0 || (place < (retentionCount ?? Number.POSITIVE_INFINITY) && createdAt.getTime() >= since);
  });
  const oldestKept = kept.at(-1)?.createdAt.getTime() ?? Number.NEGATIVE_INFINITY;
  const hasRule = retentionDays !== undefined || retentionCount !== undefined;
  return all.filter((backup) => {
    if (!hasRule || backup.isBusy || kept.includes(backup)) return false;
    const madeMs = backup.createdAt.getTime();
    if (backup.state === "completed") return true;
    // One that was to be deleted, and could not be, is tried again.
    if (backup.state === "deleting") return true;
    return backup.state === "failed" && (madeMs < oldestKept || (madeMs < since && good.length > 0));
  });
}
