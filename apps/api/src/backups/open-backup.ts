import type { BackupRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import type { BackupStore } from "./backup-store.ts";
import { openDestinationOf } from "./open-destination.ts";
import { orEnd } from "./problems.ts";

export async function requireBackup({ database }: Pick<ApiContext, "database">, id: string): Promise<BackupRecord> {
  const backup = await database.as("system").backups.find(id);
  if (backup === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such backup." });
  return backup;
}

/** Works on what a backup has stored. What goes wrong ends the job with its words, unless it may work later. */
export async function withStore<Result>(
  context: ApiContext & { readonly signal: AbortSignal },
  backup: BackupRecord,
  work: (store: BackupStore) => Promise<Result>,
): Promise<Result> {
  const store = await openDestinationOf(context, backup.destinationId);
  try {
    return await work(store);
  } catch (error) {
    throw orEnd(error, context.signal);
  } finally {
    store.close();
  }
}
