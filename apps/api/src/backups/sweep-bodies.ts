import type { BackupRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import type { BackupStore } from "./backup-store.ts";
import { bodiesOf, ManifestError, ownFolderOf, readChunk, type StoreOf } from "./manifest.ts";
import { openScratch } from "./scratch-index.ts";
import { nameIn } from "./store-object.ts";

const page = 100;
const removedAtOnce = 500;

export type SweepInput = { readonly backup: BackupRecord; readonly store: BackupStore };

/**
 * Removes the bodies of a folder that none of its other backups needs: also what was stored by a process that was cut off. Throws a
 * {@link Problem} when it cannot be known what they need.
 */
export async function sweepBodies(
  context: Pick<StepContext, "database" | "signal" | "progress">,
  { backup, store }: SweepInput,
): Promise<void> {
  const { signal } = context;
  const scratch = openScratch("create table needed (name text primary key) without rowid;");
  try {
    const insert = scratch.database.prepare("insert or ignore into needed values (?)");
    for await (const other of othersOf(context, backup)) {
      for await (const names of bodiesNeededBy(context, { backup: other, store, signal })) {
        scratch.database.exec("begin");
        for (const name of names) insert.run(nameIn(backup.folder, name));
        scratch.database.exec("commit");
      }
    }
    const isNeeded = scratch.database.prepare("select 1 from needed where name = ?");
    let unneeded: string[] = [];
    let done = 0;
    const remove = async () => {
      await store.remove(unneeded, signal);
      done += unneeded.length;
      unneeded = [];
      await context.progress({ done, message: "stored objects deleted" });
    };
    for await (const name of store.list(bodiesOf(backup.folder), signal)) {
      signal.throwIfAborted();
      if (isNeeded.get(name) === undefined) unneeded.push(name);
      if (unneeded.length >= removedAtOnce) await remove();
    }
    if (unneeded.length > 0) await remove();
  } finally {
    scratch.close();
  }
}

export async function removeOwnFolder({ backup, store, signal }: StoreOf): Promise<void> {
  const names: string[] = [];
  for await (const name of store.list(ownFolderOf(backup), signal)) names.push(name);
  await store.remove(names, signal);
}

/** Also failed ones: the next backup builds on them. */
async function* othersOf({ database }: Pick<StepContext, "database">, { id, folder }: BackupRecord) {
  for (let before: string | undefined; ; ) {
    const found = await database.as("system").backups.list({ folder, limit: page, before });
    for (const other of found) if (other.id !== id && other.state !== "deleting") yield other;
    before = found.at(-1)?.id;
    if (found.length < page) return;
  }
}

async function* bodiesNeededBy(
  { database }: Pick<StepContext, "database">,
  { backup, store, signal }: StoreOf,
): AsyncGenerator<readonly string[]> {
  for (const chunk of await database.as("system").backups.chunks(backup.id)) {
    try {
      const { lines } = await readChunk({ store, backup, signal }, chunk);
      yield lines.flatMap((line) => (line.type === "object" ? [line.body] : []));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new Problem("CONFLICT", {
        detail: `The backup ${backup.id} shares what is stored, and what it needs cannot be read. ${error.message}`,
        nextActions: [`Delete the backup ${backup.id} first.`],
        cause: error,
      });
    }
  }
}
