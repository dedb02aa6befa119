import type { BackupProblem, BackupRecord } from "@stave/control-database";
import type { StepContext } from "../jobs/define-job.ts";
import { type BackupStore, hashStored, StoreError } from "./backup-store.ts";
import { eachAtOnce } from "./each-at-once.ts";
import { ManifestError, type ObjectLine, readChunk, readIndex } from "./manifest.ts";
import { maxProblems, problemOf } from "./problems.ts";
import { openScratch } from "./scratch-index.ts";
import { nameIn } from "./store-object.ts";

const atOnce = 4;

export type VerifyInput = { readonly backup: BackupRecord; readonly store: BackupStore };

/** Compares everything with what the manifest says, and the manifest with the control database. A body that several objects have is read once. */
export async function verifyBackup(
  { signal, progress }: Pick<StepContext, "signal" | "progress">,
  { backup, store }: VerifyInput,
): Promise<{ readonly damaged: number; readonly problems: readonly BackupProblem[] }> {
  const problems: BackupProblem[] = [];
  let damaged = 0;
  const report = (error: unknown, place?: { readonly bucket: string; readonly key: string }): void => {
    if (signal.aborted || (error instanceof StoreError && error.code === "Away")) throw error;
    damaged += 1;
    if (problems.length < maxProblems) problems.push(problemOf(error, place));
  };
  // What was found of a body: "" when it is good.
  const scratch = openScratch("create table body (name text primary key, error text) without rowid;");
  const findBody = scratch.database.prepare("select error from body where name = ?");
  const noteBody = scratch.database.prepare("insert or ignore into body values (?, ?)");
  const check = async (line: ObjectLine): Promise<void> => {
    const seen = findBody.get(line.body);
    if (seen !== undefined && seen.error === "") return;
    try {
      if (seen !== undefined) throw new ManifestError(String(seen.error));
      await checkBody({ backup, store }, line, signal);
      noteBody.run(line.body, "");
    } catch (error) {
      report(error, line);
      noteBody.run(line.body, problemOf(error).reason);
    }
  };
  try {
    const { chunks, objects } = await readIndex({ store, signal }, backup);
    let done = 0;
    for (const chunk of chunks) {
      const lines = await readChunk({ store, backup, signal }, chunk).catch((error: unknown) => report(error));
      const found = (lines?.lines ?? []).filter((line) => line.type === "object");
      await eachAtOnce(found, atOnce, check);
      done += found.length;
      await progress({ done, total: objects, message: "objects read" });
    }
    if (damaged === 0 && done !== objects) {
      report(new ManifestError(`The manifest has ${done} objects, and says that it has ${objects}.`));
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    report(error);
  } finally {
    scratch.close();
  }
  return { damaged, problems };
}

/** Throws a {@link ManifestError}, and a `StoreError`. */
async function checkBody(
  { backup, store }: VerifyInput,
  { body, sha256, sizeBytes }: ObjectLine,
  signal: AbortSignal,
): Promise<void> {
  const found = await hashStored(store, nameIn(backup.folder, body), signal);
  if (found.sizeBytes !== sizeBytes) {
    throw new ManifestError(`It has ${found.sizeBytes} bytes in the backup, and had ${sizeBytes}.`);
  }
  if (found.sha256 !== sha256)
    throw new ManifestError("Its bytes in the backup are damaged: their SHA-256 is another.");
}
