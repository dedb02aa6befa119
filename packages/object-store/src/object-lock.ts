import type { Retention, VersionAttributes } from "./object-store.ts";
import { objectLocked } from "./refusals.ts";

type Locked = Pick<VersionAttributes, "retention" | "legalHold"> | undefined;

type Asked = { readonly key: string; readonly now: Date; readonly bypassesGovernance: boolean | undefined };

/** Throws `ObjectLocked` for a version that must not be removed. */
export function checkRemovable(attributes: Locked, asked: Asked): void {
  if (attributes === undefined) return;
  if (attributes.legalHold === true || isRetained(attributes.retention, asked)) throw objectLocked(asked);
}

/** A retention may always be made longer. Throws `ObjectLocked` for anything else, another mode too. */
export function checkRetentionChange(attributes: Locked, wanted: Retention | null, asked: Asked): void {
  const retention = attributes?.retention;
  if (retention === undefined || !isRetained(retention, asked)) return;
  const isKept = wanted !== null && wanted.mode === retention.mode && wanted.retainUntil >= retention.retainUntil;
  if (!isKept) throw objectLocked(asked);
}

function isRetained(retention: Retention | undefined, { now, bypassesGovernance }: Asked): boolean {
  if (retention === undefined || retention.retainUntil <= now) return false;
  return retention.mode === "COMPLIANCE" || bypassesGovernance !== true;
}
