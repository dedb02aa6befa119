import { printable } from "./chunk-XTRZEKZ5.js";

// src/output/format-table.ts
var gap = "  ";
function formatTable(rows, columns) {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of }) => printable(String(of(row) ?? "\u2014")))),
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
    .map(
      (line) => `${line}
`,
    )
    .join("");
}
function formatProperties(properties) {
  const widest = Math.max(...Object.keys(properties).map(width));
  return Object.entries(properties)
    .map(
      ([name, value]) => `${name}${" ".repeat(widest - width(name))}${gap}${printable(String(value ?? "\u2014"))}
`,
    )
    .join("");
}
function width(text) {
  return [...text].length;
}

export { formatProperties, formatTable };
//# sourceMappingURL=chunk-ULDKW3OL.js.map
