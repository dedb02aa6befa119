import { CliError } from "./cli-error.ts";

/** The row that somebody means: by its id, or by a name that only one has. Throws `NotFound`, or `Conflict` for several. */
export function findOne<Row extends { readonly id: string }>(
  rows: readonly Row[],
  named: string,
  { what, nameOf, list }: { readonly what: string; readonly nameOf: (row: Row) => string; readonly list: string },
): Row {
  const byId = rows.find(({ id }) => id === named);
  if (byId !== undefined) return byId;
  const [found, second] = rows.filter((row) => nameOf(row) === named);
  if (found === undefined) throw new CliError("NotFound", `There is no ${what} "${named}".`, { next: [list] });
  if (second === undefined) return found;
  throw new CliError("Conflict", `Several are called "${named}".`, { why: "Say which by its id.", next: [list] });
}
