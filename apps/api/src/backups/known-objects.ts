import type { BackupRecord } from "@stave/control-database";
import type { JobContext } from "../jobs/define-job.ts";
import { type BackupStore, StoreError } from "./backup-store.ts";
import { ManifestError, type ManifestLine, type ObjectLine, readChunk } from "./manifest.ts";
import { openScratch } from "./scratch-index.ts";

/** What earlier backups of the folder have stored. */
export type KnownObjects = {
  /** The line of the same object, when nothing that a list tells of it is different. */
  find(asked: Asked): ObjectLine | undefined;
  /** The body that has this content. */
  bodyOf(sha256: string): string | undefined;
  noteBody(sha256: string, body: string): void;
  close(): void;
};

export type Asked = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
};

const schema = `
  create table known (bucket text, key text, version text, line text, primary key (bucket, key, version)) without rowid;
  create table body (sha256 text primary key, name text) without rowid;
`;

/** Failed ones have stored something, too: so many of them are looked into. */
const maxBases = 5;
const page = 100;

/** With what the backup itself has stored before it was cut off. */
export async function openKnownObjects(
  context: Pick<JobContext, "database" | "logger">,
  {
    store,
    backup,
    signal,
  }: { readonly store: BackupStore; readonly backup: BackupRecord; readonly signal: AbortSignal },
): Promise<KnownObjects> {
  const scratch = openScratch(schema);
  const { database } = scratch;
  const insertLine = database.prepare("insert or ignore into known values (?, ?, ?, ?)");
  const insertBody = database.prepare("insert or ignore into body values (?, ?)");
  const findLine = database.prepare("select line from known where bucket = ? and key = ? and version = ?");
  const findBody = database.prepare("select name from body where sha256 = ?");
  const note = (lines: readonly ManifestLine[]): void => {
    database.exec("begin");
    for (const line of lines) {
      if (line.type !== "object") continue;
      const text = JSON.stringify(line);
      if (line.isLatest) insertLine.run(line.bucket, line.key, "", text);
      if (line.versionId !== undefined) insertLine.run(line.bucket, line.key, line.versionId, text);
      insertBody.run(line.sha256, line.body);
    }
    database.exec("commit");
  };
  try {
    const { backups } = context.database.as("system");
    for (const base of [backup, ...(await findBases(context, backup))]) {
      for (const chunk of await backups.chunks(base.id)) {
        try {
          note((await readChunk({ store, backup: base, signal }, chunk)).lines);
        } catch (error) {
          const isLost = error instanceof ManifestError || (error instanceof StoreError && error.code !== "Away");
          if (!isLost || base.id === backup.id) throw error;
          // What it has stored is stored again.
          context.logger.warn({ backup: base.id, err: error }, "a part of an earlier backup cannot be read");
        }
      }
    }
  } catch (error) {
    scratch.close();
    throw error;
  }
  return {
    find({ bucket, key, versionId = "", etag, sizeBytes, lastModified }) {
      const row = findLine.get(bucket, key, versionId);
      if (row === undefined || etag === "") return undefined;
      const line = JSON.parse(String(row.line)) as ObjectLine;
      const isSame =
        line.etag === etag && line.sizeBytes === sizeBytes && line.lastModified === lastModified.toISOString();
      return isSame ? line : undefined;
    },
    bodyOf(sha256) {
      const row = findBody.get(sha256);
      return row === undefined ? undefined : String(row.name);
    },
    noteBody: (sha256, body) => void insertBody.run(sha256, body),
    close: () => scratch.close(),
  };
}

/** Newest first: the last good one, and what failed since then. None that may share what a verification has found to be damaged. */
async function findBases(
  { database }: Pick<JobContext, "database">,
  backup: BackupRecord,
): Promise<readonly BackupRecord[]> {
  const all: BackupRecord[] = [];
  for (let before: string | undefined; ; ) {
    const found = await database.as("system").backups.list({ folder: backup.folder, limit: page, before });
    all.push(...found);
    before = found.at(-1)?.id;
    if (found.length < page) break;
  }
  const badAt = Math.max(0, ...all.map(({ verification: seen }) => (seen?.isGood === false ? seen.at.getTime() : 0)));
  const usable = all.filter(({ id, state, createdAt, verification }) => {
    const isSound = Number(createdAt) > badAt || (verification?.isGood === true && Number(verification.at) > badAt);
    return id !== backup.id && isSound && (state === "completed" || state === "failed");
  });
  const lastGood = usable.findIndex(({ state }) => state === "completed");
  return usable.slice(0, lastGood === -1 ? maxBases : Math.min(lastGood + 1, maxBases));
}
