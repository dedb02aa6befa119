import { Problem } from "../../http/problem.ts";

const cursors = /^[\da-z]{1,64}$/;

/** The id that a page begins after. Throws a {@link Problem} for what was not answered here. */
export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || cursors.test(cursor)) return cursor;
  throw new Problem("INVALID_REQUEST", { detail: "The cursor is not one that was answered here." });
}

/** Of one more than is asked for, which says that there is a next page. */
export function toPage<Item extends { readonly id: string }, Shown>(
  found: readonly Item[],
  limit: number,
  show: (item: Item) => Shown,
): { readonly data: Shown[]; readonly nextCursor: string | null } {
  const page = found.slice(0, limit);
  return { data: page.map(show), nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null };
}
