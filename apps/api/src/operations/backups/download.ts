import type { BackupRecord } from "@stave/control-database";
import type { BackupStore } from "../../backups/backup-store.ts";
import { type ManifestIndex, readIndex } from "../../backups/manifest.ts";
import { requireBackup } from "../../backups/open-backup.ts";
import { openDestinationOf } from "../../backups/open-destination.ts";
import { orEnd } from "../../backups/problems.ts";
import { writeArchive } from "../../backups/write-archive.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { attachment } from "../../storage/safe-headers.ts";

/** It ends by itself: others may download it, too, also from other processes. */
const holdMs = 30_000;
const holdEveryMs = 10_000;
const maxDownloads = 4;

/** Each reads all of a backup: a few at a time. While one goes on, the backup is not deleted. */
export function downloadBackup(context: OperationContext): Handler<"downloadBackup"> {
  const { database, stopping, logger, now } = context;
  let downloads = 0;
  return async ({ caller, params }) => {
    const backup = await requireBackup(context, params.id);
    if (downloads >= maxDownloads) {
      const detail = `At most ${maxDownloads} backups are downloaded at a time.`;
      throw new Problem("TOO_MANY_REQUESTS", { detail, headers: { "retry-after": "60" } });
    }
    const hold = () => database.as("system").backups.hold(backup.id, new Date(now().getTime() + holdMs));
    if (!(await hold())) {
      throw new Problem("CONFLICT", { detail: `Only a completed backup is downloaded: this one is ${backup.state}.` });
    }
    await database.audit.add({ actor: caller.actor, action: "backup:download", subject: `backup:${backup.id}` });
    const { store, index } = await open(context, backup);
    downloads += 1;
    const renewal = setInterval(() => void hold().catch(() => {}), holdEveryMs);
    const bytes = writeArchive({ backup, store, index, signal: stopping }, (error) => {
      downloads -= 1;
      clearInterval(renewal);
      store.close();
      if (error !== undefined) logger.warn({ backup: backup.id, err: error }, "a download of a backup broke off");
    });
    const name = `${backup.service.slug}-${backup.createdAt.toISOString().slice(0, 19).replaceAll(":", "-")}.tar.zst`;
    const headers = {
      "content-type": "application/zstd",
      "content-disposition": attachment(name),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    };
    return { status: 200, headers, bytes };
  };
}

/** What is seen to be damaged before the first byte is an answer. */
async function open(
  context: OperationContext,
  backup: BackupRecord,
): Promise<{ readonly store: BackupStore; readonly index: ManifestIndex & { readonly bytes: Buffer } }> {
  const store = await openDestinationOf(context, backup.destinationId);
  try {
    return { store, index: await readIndex({ store, signal: context.stopping }, backup) };
  } catch (error) {
    store.close();
    const ended = orEnd(error, context.stopping);
    if (ended instanceof Problem) throw ended;
    throw new Problem("UNAVAILABLE", { detail: "The destination does not answer.", cause: error });
  }
}
