import type { Database, RootDatabase, RootDatabaseOptions } from "lmdb";
import { Unpackr } from "msgpackr";
import type { VersionRow } from "../records.ts";

/** A row of `current` while a listing stands on it: not to be kept, its bytes are those of whatever is read next. */
export interface NamedRow {
  isDeleteMarker(): boolean;
  decode(): VersionRow;
}

/** The rows of `current` by object key: ranges are given in index keys, as for the other view of the same rows. */
export type NamedRows = Database<NamedRow, string>;

const bucketIdBytes = 4;
/** MessagePack for an array of seven, which only delete markers have: see `VersionRow`. */
const markerByte = 0x97;

/**
 * Another view of the rows of `current`, for listings. Its keys are read as text at once, and its values are decoded for
 * what is shown only: a buffer for each key and for each value costs two thirds of a listing.
 */
export function openNamedRows(root: RootDatabase): NamedRows {
  const unpackr = new Unpackr();
  let bytes: Uint8Array = new Uint8Array(0);
  let sizeBytes = 0;
  const row: NamedRow = {
    isDeleteMarker: () => bytes[0] === markerByte,
    decode: () => unpackr.unpack(bytes, sizeBytes),
  };
  const view: RootDatabaseOptions = {
    keyEncoder: {
      writeKey(key: Uint8Array, target: Buffer, start: number): number {
        target.set(key, start);
        return start + key.length;
      },
      readKey: (target: Buffer, start: number, end: number): string =>
        target.toString("utf8", start + bucketIdBytes, end),
    },
    encoder: {
      encode(): never {
        throw new TypeError("Expected rows to be written by their other view");
      },
      decode(source: Uint8Array, length: number): NamedRow {
        bytes = source;
        sizeBytes = length;
        return row;
      },
    },
  };
  return root.openDB<NamedRow, string>("current", view);
}
