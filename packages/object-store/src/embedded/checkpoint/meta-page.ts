import { indexPageBytes } from "../open-index.ts";

// The meta pages of an LMDB file (https://github.com/LMDB/lmdb, MDB_meta in mdb.c; page header of 24 bytes): pages 0 and 1,
// written in turn, each the root of one snapshot.

const magicAt = 24;
const versionAt = 28;
const txnIdAt = 152;

const magic = 0xbeefc0de;
const version = 2;

export const metaPages = 2;

/** Undefined when the bytes are not a meta page as the lmdb that we use writes it. */
export function readTxnId(page: Buffer): bigint | undefined {
  if (page.length !== indexPageBytes) return undefined;
  if (page.readUInt32LE(magicAt) !== magic || page.readUInt32LE(versionAt) !== version) return undefined;
  return page.readBigUInt64LE(txnIdAt);
}
