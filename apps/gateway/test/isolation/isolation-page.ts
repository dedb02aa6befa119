import { type Column, type ColumnName, columnNames } from "./columns.ts";
import type { Place } from "./places.ts";

/** What a case has shown: how far each column reaches. */
export type Row = {
  readonly operation: string;
  readonly variant: string | undefined;
  /** Where it was aimed at, and where each column was let through. */
  readonly places: readonly Place[];
  readonly reaches: ReadonlyMap<ColumnName, readonly Place[]>;
};

/** docs/isolation.md, of what a running gateway has answered. */
export function isolationPage(
  rows: readonly Row[],
  { columns, requests }: { readonly columns: Readonly<Record<ColumnName, Column>>; readonly requests: number },
): string {
  const legend = columnNames.map((name) => `- \`${name}\`: ${columns[name].meaning}`);
  const body = rows.map(({ operation, variant, places, reaches }) => [
    variant === undefined ? operation : `${operation}, ${variant}`,
    ...columnNames.map((name) => inAWord(reaches.get(name) ?? [], places)),
  ]);
  return `# What a key may do, and what not

Written by \`npm run isolation\` from the answers of a running gateway: ${requests} requests, each an operation of S3 with a key of another
kind. A test asks them all again and compares the answers with this page, and with a table of what is promised.

All buckets belong to one account. Each request is one that their owner succeeds with, aimed at \`photos/2026/\`, at \`photos/2025/\`
(of a listing: at \`photos\` without a prefix) and at \`other/2026/\`, or at the buckets \`photos\` and \`other\`. Whatever is not let through was
answered with \`403 AccessDenied\` (\`403 InvalidAccessKeyId\` to expired and revoked keys), and had changed nothing.

- \`all\`: let through everywhere; \`yes\`: where it is about no bucket that is there
- \`bucket\`: let through in \`photos\`
- \`prefix\`: let through below \`photos/2026/\`
- \`other\`: let through in \`other\`
- \`-\`: refused everywhere

Who asks:

${legend.join("\n")}

\`stranger\` may list buckets and create some: its own, which has nothing of the owner's in it.

${table([["operation", ...columnNames], ...body])}
`;
}

function inAWord(allowed: readonly Place[], places: readonly Place[]): string {
  if (allowed.length === 0) return "-";
  if (places.length === 1) return "yes";
  if (!allowed.includes("elsewhere"))
    return allowed.includes("beside") || !places.includes("beside") ? "bucket" : "prefix";
  return allowed.includes("inside") ? "all" : "other";
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
