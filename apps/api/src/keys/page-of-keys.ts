import type { IssuedKeyQuery, IssuedKeyRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";

/** Where a page begins, as the page before has said. Throws a {@link Problem}. */
export function readCursor(cursor: string | undefined): IssuedKeyQuery["before"] {
  if (cursor === undefined) return undefined;
  const [, ms, id = ""] = /^(\d{1,15})\.([\da-f-]{36})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (ms === undefined) throw new Problem("INVALID_REQUEST", { detail: "The cursor is none of this list." });
  return { createdAt: new Date(Number(ms)), id };
}

/** Undefined at the end. One more than the page has was asked for. */
export function nextCursor(page: readonly IssuedKeyRecord[], limit: number): string | null {
  const last = page.length > limit ? page[limit - 1] : undefined;
  if (last === undefined) return null;
  return Buffer.from(`${last.key.createdAt.getTime()}.${last.id}`).toString("base64url");
}
