import type { MigrationObject } from "@stave/control-database";
import type { Entry, KeyGroup } from "./list-source.ts";

/** What is to be done so that a key is in the target what it is in the source. */
export type KeyCopies = {
  readonly key: string;
  /** What is there already, and stays: the oldest first. */
  readonly kept: readonly MigrationObject[];
  /** What is copied after it, in this order. */
  readonly missing: readonly Entry[];
  /** Whether the target may have more of the key than what is kept. */
  readonly needsCleaning: boolean;
};

/** Versions can only be added at the end: from the first one on that is missing all are copied again. */
export function planCopies({ key, entries }: KeyGroup, journal: readonly MigrationObject[]): KeyCopies {
  const known = new Map(journal.map((object) => [object.versionId, object]));
  const kept: MigrationObject[] = [];
  for (const entry of entries) {
    const object = known.get(entry.versionId);
    const last = kept.at(-1);
    if (object === undefined || !isCopyOf(entry, object) || (last !== undefined && object.seq <= last.seq)) break;
    kept.push(object);
  }
  return {
    key,
    kept,
    missing: entries.slice(kept.length),
    needsCleaning: journal.some((object) => !kept.includes(object)),
  };
}

function isCopyOf(entry: Entry, object: MigrationObject): boolean {
  return (
    (object.state === "copied" || object.state === "verified") &&
    object.etag === entry.etag &&
    object.sizeBytes === entry.sizeBytes &&
    object.isMarker === entry.isMarker &&
    object.modifiedAt.getTime() === entry.modifiedAt.getTime()
  );
}
