import type { S3Client } from "@aws-sdk/client-s3";
import type { BackupRecord } from "@stave/control-database";
import { listObjects } from "../transfer/list-objects.ts";
import { listVersions } from "../transfer/list-versions.ts";
import type { BackupStore } from "./backup-store.ts";
import { type BucketLine, type ManifestLine, type ObjectLine, readLines } from "./manifest.ts";
import { openScratch } from "./scratch-index.ts";

/** What a backup holds beside what its target holds, on disk: both may be millions. */
export type RestoreIndex = {
  readonly buckets: readonly RestoredBucket[];
  /** Adds what the target has in a bucket. */
  lookAt(client: S3Client, bucket: RestoredBucket, signal: AbortSignal): Promise<void>;
  /** Objects as they should be, with whether the target seems to have them. */
  wanted(bucket: string): Iterable<{ readonly line: ObjectLine; readonly found: Found }>;
  /** Keys that the target has and the backup has not. */
  extra(bucket: string): Iterable<{ readonly key: string; readonly sizeBytes: number }>;
  /** Every version and delete marker of every key, oldest first. */
  histories(
    bucket: string,
  ): Iterable<{ readonly key: string; readonly lines: readonly HistoryLine[]; readonly there: number }>;
  /** The versions of one key, newest first. */
  historyOf(bucket: string, key: string): readonly HistoryLine[];
  countHistory(bucket: string): number;
  close(): void;
};

export type HistoryLine = Exclude<ManifestLine, BucketLine>;
/** `same`: the very object that was backed up. `alike`: its content, by its ETag. */
export type Found = "missing" | "other" | "alike" | "same";
export type RestoredBucket = { readonly line: BucketLine; readonly name: string; readonly target: string };

const schema = `
  create table line (bucket text, key text, place integer, line text, primary key (bucket, key, place)) without rowid;
  create table wanted (
    bucket text, key text, size integer, etag text, modified text, line text, primary key (bucket, key)
  ) without rowid;
  create table present (
    bucket text, key text, size integer, etag text, modified text, primary key (bucket, key)
  ) without rowid;
  create table version (bucket text, key text, there integer, primary key (bucket, key)) without rowid;
`;
const rowsAtOnce = 1000;

export type RestoreIndexInput = {
  readonly backup: BackupRecord;
  readonly store: BackupStore;
  readonly bucketSuffix: string;
  /** All versions are brought back, not only the newest. */
  readonly withHistory: boolean;
  readonly signal: AbortSignal;
};

/** Throws what `readLines` throws. Close it. */
export async function openRestoreIndex(input: RestoreIndexInput): Promise<RestoreIndex> {
  const { backup, store, bucketSuffix, withHistory, signal } = input;
  const scratch = openScratch(schema);
  const { database } = scratch;
  const buckets: RestoredBucket[] = [];
  const insertLine = database.prepare("insert or replace into line values (?, ?, ?, ?)");
  const insertWanted = database.prepare("insert or replace into wanted values (?, ?, ?, ?, ?, ?)");
  const insertPresent = database.prepare("insert or replace into present values (?, ?, ?, ?, ?)");
  const countVersion = database.prepare(
    "insert into version values (?, ?, 1) on conflict (bucket, key) do update set there = there + 1",
  );
  /** In transactions, or each row would be one. */
  const inBatches = async <Item>(items: AsyncIterable<Item>, work: (item: Item) => void): Promise<void> => {
    let rows = 0;
    database.exec("begin");
    for await (const item of items) {
      work(item);
      rows += 1;
      if (rows % rowsAtOnce === 0) database.exec("commit; begin");
    }
    database.exec("commit");
  };
  let place = 0;
  const note = (line: ManifestLine): void => {
    place += 1;
    if (line.type === "bucket") {
      buckets.push({ line, name: line.bucket, target: `${line.bucket}${bucketSuffix}` });
      return;
    }
    const text = JSON.stringify(line);
    if (withHistory) insertLine.run(line.bucket, line.key, place, text);
    if (line.type === "marker" || !line.isLatest) return;
    insertWanted.run(line.bucket, line.key, line.sizeBytes, line.etag, line.lastModified, text);
  };
  try {
    await inBatches(readLines({ store, signal }, backup), note);
  } catch (error) {
    scratch.close();
    throw error;
  }
  return {
    buckets,
    async lookAt(client, { name, target }, until) {
      if (withHistory) {
        const versions = listVersions(client, target, { signal: until });
        await inBatches(versions, ({ key }) => void countVersion.run(name, key));
        return;
      }
      await inBatches(listObjects(client, target, { signal: until }), ({ key, sizeBytes, etag, lastModified }) => {
        insertPresent.run(name, key, sizeBytes, etag, lastModified.toISOString());
      });
    },
    *wanted(bucket) {
      const rows = database
        .prepare(
          `select w.line, w.etag as etag, w.size as size, w.modified as modified,
             p.etag as p_etag, p.size as p_size, p.modified as p_modified
           from wanted w left join present p on p.bucket = w.bucket and p.key = w.key where w.bucket = ?`,
        )
        .iterate(bucket);
      for (const row of rows) yield { line: JSON.parse(String(row.line)), found: compare(row) };
    },
    *extra(bucket) {
      const rows = database
        .prepare(
          `select p.key, p.size from present p where p.bucket = ?
           and not exists (select 1 from wanted w where w.bucket = p.bucket and w.key = p.key)`,
        )
        .iterate(bucket);
      for (const { key, size } of rows) yield { key: String(key), sizeBytes: Number(size) };
    },
    *histories(bucket) {
      const rows = database
        .prepare(
          `select l.key, l.line, coalesce(v.there, 0) as there
           from line l left join version v on v.bucket = l.bucket and v.key = l.key
           where l.bucket = ? order by l.key, l.place desc`,
        )
        .iterate(bucket);
      let current: { key: string; lines: HistoryLine[]; there: number } | undefined;
      for (const { key, line, there } of rows) {
        if (current !== undefined && current.key !== key) {
          yield current;
          current = undefined;
        }
        current ??= { key: String(key), lines: [], there: Number(there) };
        current.lines.push(JSON.parse(String(line)));
      }
      if (current !== undefined) yield current;
    },
    historyOf: (bucket, key) =>
      database
        .prepare("select line from line where bucket = ? and key = ? order by place")
        .all(bucket, key)
        .map(({ line }) => JSON.parse(String(line))),
    countHistory: (bucket) =>
      Number(database.prepare("select count(*) as count from line where bucket = ?").get(bucket)?.count),
    close: () => scratch.close(),
  };
}

function compare(row: Record<string, unknown>): Found {
  if (row.p_etag === null) return "missing";
  if (row.p_etag !== row.etag || row.p_size !== row.size || row.etag === "") return "other";
  if (row.p_modified === row.modified) return "same";
  return /^[\da-f]{32}$/.test(String(row.etag)) ? "alike" : "other";
}
