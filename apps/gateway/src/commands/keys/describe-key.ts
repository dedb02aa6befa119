import type { AccountRecord } from "@stave/control-database";
import type { AccessKeyInfo } from "@stave/credential-vault";
import { describeScope, PolicyError, parseScope } from "@stave/s3-policy";

/** A key for reports, without its secret. */
export type KeyReport = {
  readonly accessKeyId: string;
  readonly account: { readonly id: string; readonly displayName: string };
  readonly description: string;
  readonly state: KeyState;
  /** As it is stored; null: everything that the account may. */
  readonly scope: unknown;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly replacedBy: string | null;
  readonly lastUsedAt: string | null;
};

export type KeyState = "active" | "rotated" | "expired" | "revoked";

export function describeKey(
  info: AccessKeyInfo,
  account: Pick<AccountRecord, "id" | "displayName">,
  now: Date,
): KeyReport {
  return {
    accessKeyId: info.accessKeyId,
    account: { id: account.id, displayName: account.displayName },
    description: info.description,
    state: stateOf(info, now),
    scope: info.scope ?? null,
    createdAt: info.createdAt.toISOString(),
    expiresAt: info.expiresAt?.toISOString() ?? null,
    revokedAt: info.revokedAt?.toISOString() ?? null,
    replacedBy: info.replacedBy ?? null,
    lastUsedAt: info.lastUsedAt?.toISOString() ?? null,
  };
}

function stateOf({ revokedAt, expiresAt, replacedBy }: AccessKeyInfo, now: Date): KeyState {
  if (revokedAt !== undefined) return "revoked";
  if (expiresAt !== undefined && expiresAt <= now) return "expired";
  return replacedBy === undefined ? "active" : "rotated";
}

/** `revoked 2030-01-01 00:00`, `rotated, works until …` */
export function showState({ state, expiresAt, revokedAt }: KeyReport): string {
  if (state === "revoked") return `revoked ${showTime(revokedAt)}`;
  if (state === "expired") return `expired ${showTime(expiresAt)}`;
  if (state === "rotated") return `rotated, works until ${showTime(expiresAt)}`;
  return expiresAt === null ? "active" : `active until ${showTime(expiresAt)}`;
}

export function showScope(scope: unknown): string {
  if (scope === null || scope === undefined) return "everything";
  try {
    return describeScope(parseScope(scope));
  } catch (error) {
    if (error instanceof PolicyError) return "nothing: its scope cannot be read";
    throw error;
  }
}

/** To the minute, in UTC. */
export function showTime(time: string | null): string {
  return time === null ? "never" : time.slice(0, 16).replace("T", " ");
}
