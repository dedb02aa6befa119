import { join } from "node:path";
import { asBinary, type Database, type Key, open, type RangeOptions, type RootDatabase, type Transaction } from "lmdb";
import { Packr } from "msgpackr";
import { type NamedRow, openNamedRows } from "./listing/named-rows.ts";
import type { Change } from "./log/commit-record.ts";
import type {
  BucketRow,
  ManifestRow,
  MessageRow,
  PartRow,
  QueueRow,
  SegmentRow,
  UploadRow,
  VersionRow,
} from "./records.ts";
import type { UnflushedRow } from "./unflushed.ts";

/** Reads of one table. */
export interface Rows<V, K = Buffer> {
  get(key: Buffer): V | undefined;
  doesExist(key: Buffer): boolean;
  getKeys(range: RangeOptions): Iterable<K>;
  getRange(range: RangeOptions): Iterable<{ key: K; value: V }>;
}

/** Reads and writes of one table, inside a transaction. */
export interface WritableRows<V> extends Rows<V> {
  put(key: Buffer, value: V): void;
  remove(key: Buffer): void;
}

type RowTypes = {
  /** Numbers by name: see `readNumber`. */
  meta: number;
  /** By name. */
  buckets: BucketRow;
  /** bucket ‖ key → the newest version, object or delete marker. */
  current: VersionRow;
  /** bucket ‖ key ‖ 0 ‖ inverted sequence → every other version. */
  noncurrent: VersionRow;
  /** bucket ‖ key ‖ 0 ‖ upload id. */
  uploads: UploadRow;
  /** upload id ‖ part number. */
  parts: PartRow;
  /** Blob key of a manifest → the parts of a multipart object. */
  manifests: ManifestRow;
  /** Blob key of a file or a manifest → how many versions share it. Every file has a row; a manifest when it is shared. */
  blobs: number;
  /** What was taken out of the index and still has files or rows: see garbage-collector.ts. */
  garbage: ManifestRow | 1;
  /** Segment → what of it is in use. */
  segments: SegmentRow;
  /** One row: segments that end with commits that were not flushed. */
  unflushed: UnflushedRow;
  /** bucket ‖ name of the configuration. */
  configurations: string;
  /** By name; made by its first message. */
  queues: QueueRow;
  /** queue ‖ 0 ‖ waiting or dead ‖ sequence. */
  messages: MessageRow;
};

type TableName = keyof RowTypes;

/** Their places in the log: new ones at the end. */
const tableNames = [
  "meta",
  "buckets",
  "current",
  "noncurrent",
  "uploads",
  "parts",
  "manifests",
  "blobs",
  "garbage",
  "segments",
  "unflushed",
  "configurations",
  "queues",
  "messages",
] as const satisfies readonly TableName[];

export type Tables = { readonly [T in TableName]: Rows<RowTypes[T]> };
export type WritableTables = { readonly [T in TableName]: WritableRows<RowTypes[T]> };

/** The ordered index: every bucket, key, version and upload, and where their bytes lie. What is not in it does not exist. */
export interface Index extends Tables {
  readonly root: RootDatabase;
  /** The rows of `current`, as listings read them. */
  readonly named: Rows<NamedRow, string>;
  /** Runs look-ups, which must not wait for anything, in a snapshot of what is committed and durable. */
  read<T>(look: () => T): T;
  /** In a transaction: false when it would take back what was committed before it. */
  isOnNewest(): boolean;
  /** What steps write through; `changes` is filled with all of it. */
  recording(changes: Change[]): WritableTables;
  /** Writes what the log has again. */
  apply(change: Change): void;
}

/** The file is sparse and grows as needed: a fixed size spares every process from having to map it again. */
const mapBytes = 2 ** 40;

/** Readers are processes, not requests; dead ones are reclaimed. */
const maxReaders = 512;

export const indexPageBytes = 4096;

/** What the table of readers takes, and more: an entry is a cache line. */
export const indexLockBytes = 2 * maxReaders * 64;

export function indexFile(directory: string): string {
  return join(directory, "index", "data.mdb");
}

/** Opens or creates the index below `directory`. */
export function openIndex(directory: string): Index {
  const root = open({
    path: join(directory, "index"),
    noSubdir: false,
    mapSize: mapBytes,
    pageSize: indexPageBytes,
    maxReaders,
    maxDbs: 16,
    keyEncoding: "binary",
    // A commit is durable by the log; the index gets there by checkpoints. See README, "Durability".
    noSync: true,
    overlappingSync: false,
    // We batch ourselves; and with it a failed commit also rejects a promise that nobody can get hold of.
    eventTurnBatching: false,
  });
  const { env: inner } = root as unknown as { readonly env: { info(): { readonly lastTxnId: number } } };
  const databases = tableNames.map((name) =>
    root.openDB<unknown, Buffer>(name, { keyEncoding: "binary", encoding: "msgpack" }),
  );
  const reads = createReads(root);
  const tables = Object.fromEntries(
    tableNames.map((name, at) => [name, readRows(databaseAt(at), reads)]),
  ) as unknown as Tables;
  const packr = new Packr();
  return {
    ...tables,
    root,
    named: readRows(openNamedRows(root), reads),
    read: reads.run,
    isOnNewest: () => inner.info().lastTxnId === root.getWriteTxnId() - 1,
    recording: (changes) => {
      const entries = tableNames.map((name, table) => [
        name,
        recordingRows(databaseAt(table), { table, changes, packr }),
      ]);
      return Object.fromEntries(entries) as unknown as WritableTables;
    },
    apply({ table, key, value }) {
      const database = databaseAt(table);
      if (value === undefined) database.remove(Buffer.from(key));
      else database.put(Buffer.from(key), asBinary(Buffer.from(value)));
    },
  };

  function databaseAt(table: number): Database<unknown, Buffer> {
    const database = databases[table];
    if (database === undefined) throw new RangeError(`Expected a table of the index, got number ${table}`);
    return database;
  }
}

/** Rows are encoded once, for the index and for the log. */
function recordingRows(
  database: Database<unknown, Buffer>,
  { table, changes, packr }: { readonly table: number; readonly changes: Change[]; readonly packr: Packr },
): WritableRows<unknown> {
  return {
    get: (key) => database.get(key),
    doesExist: (key) => database.doesExist(key),
    getKeys: (range) => database.getKeys(range),
    getRange: (range) => database.getRange(range) as Iterable<{ key: Buffer; value: unknown }>,
    put(key, row) {
      const value = packr.pack(row);
      changes.push({ table, key, value });
      database.put(key, asBinary(value));
    },
    remove(key) {
      changes.push({ table, key, value: undefined });
      database.remove(key);
    },
  };
}

type Reads = {
  run: Index["read"];
  /** The snapshot of the look-up that runs. */
  snapshot(): Transaction;
};

/**
 * While a transaction waits for the log, lmdb would answer every read of this process from inside it: with rows that are not
 * durable yet and may be taken back. Hiding the transaction from it makes it use a snapshot of the last commit; for ranges,
 * the snapshot has to be named as well.
 */
function createReads(root: RootDatabase): Reads {
  const { env } = root as unknown as { readonly env: { writeTxn: unknown } };
  let used: Transaction | undefined;
  return {
    snapshot() {
      used ??= root.useReadTransaction();
      return used;
    },
    run(look) {
      const hidden = env.writeTxn;
      const outer = used;
      env.writeTxn = null;
      used = undefined;
      try {
        // Else a look-up in this turn of the event loop would not see what another process has acknowledged meanwhile.
        root.resetReadTxn();
        return look();
      } finally {
        (used as Transaction | undefined)?.done();
        used = outer;
        env.writeTxn = hidden;
      }
    },
  };
}

/** Ranges have to be walked inside the look-up that asked for them. */
function readRows<V, K>(database: Database<V, K & Key>, { snapshot }: Reads): Rows<V, K> {
  return {
    get: (key) => database.get(key as unknown as K & Key),
    doesExist: (key) => database.doesExist(key as unknown as K & Key),
    getKeys: (range) => database.getKeys(inSnapshot(range)) as unknown as Iterable<K>,
    getRange: (range) => database.getRange(inSnapshot(range)) as unknown as Iterable<{ key: K; value: V }>,
  };

  // In place: a listing moves the start of a range that it walks again.
  function inSnapshot(range: RangeOptions): RangeOptions {
    range.transaction = snapshot();
    return range;
  }
}

const numberNames = {
  /** The layout of the index. */
  format: Buffer.from("format"),
  /** The last commit; see commit-record.ts. */
  sequence: Buffer.from("sequence"),
  /** Epochs below it are over: the processes that had them are gone. */
  fence: Buffer.from("fence"),
  nextBucketId: Buffer.from("nextBucketId"),
  /** Of the last change that had messages. */
  message: Buffer.from("message"),
} as const;

export function readNumber(
  { meta }: { readonly meta: Rows<number> },
  name: keyof typeof numberNames,
  absent: number,
): number {
  return meta.get(numberNames[name]) ?? absent;
}

export function writeNumber(
  { meta }: { readonly meta: WritableRows<number> },
  name: keyof typeof numberNames,
  value: number,
): void {
  meta.put(numberNames[name], value);
}
