export type TableRow = readonly [label: string, value: number | string];

/** Labels on the left, numbers on the right, grouped as people write them. */
export function renderTable(rows: readonly TableRow[]): string {
  const shown = rows.map(([label, value]) => [
    label,
    typeof value === "number" ? value.toLocaleString("en-US") : value,
  ]);
  const widths = [0, 1].map((column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  return shown
    .map(([label = "", value = ""]) => `${label.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}\n`)
    .join("");
}

/** A name that a client chose, so that it cannot play tricks on a terminal. */
export function showName(name: string): string {
  return name.replaceAll(/[\p{C}\p{Z}]/gu, (character) =>
    character === " " ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
