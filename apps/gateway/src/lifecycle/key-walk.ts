import { type Due, type Planning, planVersion, type Version, type VersionAction } from "./plan-version.ts";

export type PlannedVersion = {
  /**
   * `replace-null-version`: goes with the `null` delete marker that is added above it, as S3 documents for suspended versioning;
   * there is nothing to be done for it.
   */
  readonly action: VersionAction | "replace-null-version";
  readonly version: Version;
  readonly ruleId: string;
  readonly dueAt: Date;
};

/**
 * Plans for versions as they are listed: by key, then newest first. What it remembers does not grow with the versions of a key,
 * of which there may be millions.
 */
export interface KeyWalk {
  /** What is due for this version, or for the one before it. */
  next(version: Version, planning: Planning): readonly PlannedVersion[];
  /** After the last one. */
  end(planning: Planning): readonly PlannedVersion[];
}

export function createKeyWalk(): KeyWalk {
  let newer: Version | undefined;
  let newerNoncurrent = 0;
  /** A current delete marker: whether there is anything below it is seen next. */
  let waiting: Version | undefined;
  /** That a marker is being added to the key, in a bucket with suspended versioning. */
  let nullMarker: Due | undefined;

  const plan = (version: Version, planning: Planning, isOnly = false): readonly PlannedVersion[] => {
    const planned = planVersion(version, { successor: newer, newerNoncurrent, isOnly }, planning);
    if (planned?.action === "add-delete-marker" && planning.versioning === "Suspended") nullMarker = planned;
    if (planned !== undefined) return [show(planned.action, version, planned)];
    if (nullMarker === undefined || version.isLatest || version.versionId !== "null") return [];
    return [show("replace-null-version", version, nullMarker)];
  };

  const endKey = (planning: Planning): readonly PlannedVersion[] => {
    const marker = waiting;
    newer = undefined;
    newerNoncurrent = 0;
    waiting = undefined;
    nullMarker = undefined;
    return marker === undefined ? [] : plan(marker, planning, true);
  };

  return {
    next(version, planning) {
      if (version.isLatest) {
        const before = endKey(planning);
        newer = version;
        if (!version.isDeleteMarker) return [...before, ...plan(version, planning)];
        waiting = version;
        return before;
      }
      waiting = undefined;
      // What was between was removed while the listing went on: the next walk sees the key as it is then.
      if (newer?.key !== version.key) return [];
      const planned = plan(version, planning);
      newer = version;
      if (!version.isDeleteMarker) newerNoncurrent += 1;
      return planned;
    },
    end: endKey,
  };
}

function show(action: PlannedVersion["action"], version: Version, { ruleId, dueMs }: Due): PlannedVersion {
  return { action, version, ruleId, dueAt: new Date(dueMs) };
}
