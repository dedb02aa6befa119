import { showName } from "./render-table.ts";

/** A table with a heading, each column as wide as its longest cell. Cells are shown so that they cannot play tricks on a terminal. */
export function renderColumns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [heading, ...rows.map((row) => row.map(showName))];
  const widths = heading.map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  return shown
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
