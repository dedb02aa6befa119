import type { FileHandle } from "node:fs/promises";
import { crc32 } from "@node-rs/crc32";
import { isSameBlob } from "../blob-ref.ts";
import type { Step } from "../committer.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { Engine } from "../engine.ts";
import { noncurrentKey } from "../index-keys.ts";
import type { Tables } from "../open-index.ts";
import { decodeVersion, encodeVersion, type StoredVersion } from "../records.ts";
import type { Pacer } from "./pacer.ts";
import { type LiveRecord, lookUpBytes, ownerKey, readOwner } from "./survey-segment.ts";

export type MoveResult = {
  readonly bodies: number;
  readonly bytes: number;
  /** Not what was written any more, or not there: they stay where they are, for whoever may rescue them. */
  readonly damaged: readonly LiveRecord[];
};

/** A step holds up other writers: about a millisecond. */
const bodiesAtOnce = 128;
const bytesAtOnce = 2 ** 20;

/** Writes bodies again, at the end of the log of this process, and lets their versions refer to that. */
export async function moveRecords(
  { commitFiles, onPoint }: Pick<Engine, "commitFiles"> & { readonly onPoint: OnDurabilityPoint },
  { file, records }: { readonly file: FileHandle; readonly records: readonly LiveRecord[] },
  pacer: Pacer,
): Promise<MoveResult> {
  const damaged: LiveRecord[] = [];
  let bodies = 0;
  let bytes = 0;
  for (const group of groupsOf(records)) {
    const moving = await readBodies(file, group);
    const intact = moving.filter(({ isIntact }) => isIntact);
    damaged.push(...moving.flatMap(({ isIntact, record }) => (isIntact ? [] : [record])));
    const sizeBytes = intact.reduce((sum, { body }) => sum + body.length, 0);
    if (intact.length > 0) {
      const moved = await commitFiles([], move(intact), sizeBytes);
      onPoint("compaction:copied");
      bodies += moved.bodies;
      bytes += moved.bytes;
    }
    await pacer.spend(2 * sizeBytes + group.length * lookUpBytes);
  }
  return { bodies, bytes, damaged };
}

function* groupsOf(records: readonly LiveRecord[]): Generator<readonly LiveRecord[]> {
  let group: LiveRecord[] = [];
  let start = 0;
  for (const record of records) {
    const [, , , offset, sizeBytes] = record.body;
    if (group.length >= bodiesAtOnce || (group.length > 0 && offset + sizeBytes - start > bytesAtOnce)) {
      yield group;
      group = [];
    }
    if (group.length === 0) start = offset;
    group.push(record);
  }
  if (group.length > 0) yield group;
}

type Moving = { readonly record: LiveRecord; readonly body: Buffer; readonly isIntact: boolean };

/** In one read, with what is dead between them. */
async function readBodies(file: FileHandle, group: readonly LiveRecord[]): Promise<readonly Moving[]> {
  const start = group[0]?.body[3] ?? 0;
  const end = group.reduce((max, { body: [, , , offset, sizeBytes] }) => Math.max(max, offset + sizeBytes), start);
  const bytes = Buffer.allocUnsafe(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return group.map((record) => {
    const [, , , offset, sizeBytes, expected] = record.body;
    const body = bytes.subarray(offset - start, Math.min(offset - start + sizeBytes, bytesRead));
    return { record, body, isIntact: body.length === sizeBytes && crc32(body) === expected };
  });
}

/** Moves those whose version still refers to the old place: it may have been replaced or deleted, or moved by another. */
function move(bodies: readonly Moving[]): Step<{ readonly bodies: number; readonly bytes: number }> {
  return (transaction) => {
    const { index } = transaction;
    let moved = 0;
    let bytes = 0;
    for (const { record, body } of bodies) {
      const found = findRow(index, record);
      const object = found?.stored.object;
      if (found === undefined || object === undefined || !isSameBlob(object.blob, record.body)) continue;
      const blob = transaction.addBody(ownerKey(record.owner), body);
      const row = encodeVersion({ ...found.stored, object: { ...object, blob } });
      index[found.table].put(found.key, row);
      transaction.releaseBody(record.body);
      moved += 1;
      bytes += body.length;
    }
    return { bodies: moved, bytes };
  };
}

type FoundRow = {
  readonly table: "current" | "noncurrent";
  readonly key: Buffer;
  readonly stored: StoredVersion;
};

/** Where the version is now, and what it refers to; undefined when it is gone. */
export function findRow(
  index: Tables,
  { owner, sequence }: Pick<LiveRecord, "owner" | "sequence">,
): FoundRow | undefined {
  const key = ownerKey(owner);
  const currentRow = index.current.get(key);
  if (currentRow === undefined) return undefined;
  const current = decodeVersion(currentRow);
  if (current.sequence === sequence) return { table: "current", key, stored: current };
  if (current.olderCount === 0) return undefined;
  const { bucketId, key: name } = readOwner(owner);
  const olderKey = noncurrentKey(bucketId, name, sequence);
  const row = index.noncurrent.get(olderKey);
  return row && { table: "noncurrent", key: olderKey, stored: decodeVersion(row) };
}
