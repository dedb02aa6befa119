import { printable } from "./printable.ts";

export type Column<Row> = {
  /** `NAME` */
  readonly title: string;
  readonly of: (row: Row) => string | number | null | undefined;
  /** Numbers. */
  readonly isRight?: boolean;
};

const gap = "  ";

/** Aligned columns without borders, one line a row. What is not known is a dash. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of }) => printable(String(of(row) ?? "—")))),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => width(line[at] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, at) => {
          const blanks = " ".repeat((widths[at] ?? 0) - width(cell));
          return columns[at]?.isRight === true ? blanks + cell : cell + blanks;
        })
        .join(gap)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** One thing, a line for each of its properties. */
export function formatProperties(properties: Readonly<Record<string, string | number | null | undefined>>): string {
  const widest = Math.max(...Object.keys(properties).map(width));
  return Object.entries(properties)
    .map(([name, value]) => `${name}${" ".repeat(widest - width(name))}${gap}${printable(String(value ?? "—"))}\n`)
    .join("");
}

/** In columns of a terminal, for all that is not East Asian or an emoji. */
function width(text: string): number {
  return [...text].length;
}
