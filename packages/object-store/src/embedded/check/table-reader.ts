import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "lmdb";
import { Unpackr } from "msgpackr";
import type { Index, Tables } from "../open-index.ts";
import type { Findings, Place } from "./findings.ts";

export type TableName = keyof Tables;

/** A row, or that it is there and cannot be read. */
export type ReadRow<V> = { readonly key: Buffer; readonly value: V | undefined };

type Range = { readonly start?: Buffer; readonly end?: Buffer };

/** Reads rows as nobody else does: as bytes, of which some may be no row at all. */
export interface TableReader {
  /** All rows of a table in the order of the index, some at a time; ends early, with a finding, where it cannot be read. */
  rows<V>(table: TableName, isRow: (value: unknown) => value is V, range?: Range): AsyncGenerator<ReadRow<V>>;
  row<V>(table: TableName, key: Buffer, isRow: (value: unknown) => value is V): ReadRow<V> | undefined;
  has(table: TableName, key: Buffer): boolean;
}

const sliceRows = 256;

export function createTableReader({ root, read }: Index, findings: Findings): TableReader {
  const databases = new Map<TableName, Database<Buffer, Buffer>>();
  const unpackr = new Unpackr();

  const database = (table: TableName): Database<Buffer, Buffer> => {
    const opened = databases.get(table) ?? root.openDB(table, { keyEncoding: "binary", encoding: "binary" });
    databases.set(table, opened);
    return opened;
  };

  const decode = <V>(key: Buffer, bytes: Buffer, isRow: (value: unknown) => value is V): ReadRow<V> => {
    try {
      const value: unknown = unpackr.unpack(bytes);
      return { key, value: isRow(value) ? value : undefined };
    } catch {
      return { key, value: undefined };
    }
  };

  const readSlice = (table: TableName, range: Range): readonly { key: Buffer; value: Buffer }[] | undefined => {
    try {
      return read(() => [...database(table).getRange({ ...range, limit: sliceRows })]);
    } catch (error) {
      findings.add("index-unreadable", unreadablePlace, `The table ${table} of the index cannot be read: ${error}.`);
      return undefined;
    }
  };

  return {
    async *rows(table, isRow, range = {}) {
      for (let start = range.start; ; ) {
        const slice = readSlice(table, { ...range, ...(start && { start }) });
        for (const { key, value } of slice ?? []) yield decode(key, value, isRow);
        const last = slice?.at(-1);
        if (slice === undefined || last === undefined || slice.length < sliceRows) return;
        start = Buffer.concat([last.key, Buffer.of(0)]);
        await nextTurn();
      }
    },
    row(table, key, isRow) {
      const bytes = read(() => database(table).get(key));
      return bytes && decode(key, bytes, isRow);
    },
    has: (table, key) => read(() => database(table).doesExist(key)),
  };
}

const unreadablePlace: Place = { file: "index/data.mdb" };
