import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type Step = {
  /** For a shell. */
  readonly run: string;
  /** @default 0 */
  readonly exit?: number;
  /** Is part of what it prints. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** A regular expression that matches what it prints. */
  readonly prints?: string;
};

export type Eval = {
  readonly name: string;
  readonly goal: string;
  /** Asks for what must not be done. */
  readonly isTrap?: boolean;
  /** Of a trap: what is right. */
  readonly expected?: string;
  readonly setup?: readonly string[];
  readonly objects?: readonly { readonly bucket: string; readonly key: string; readonly content: string }[];
  /** Setup, after the objects. */
  readonly then?: readonly string[];
  readonly steps: readonly Step[];
  readonly end: readonly Step[];
};

const file = join(import.meta.dirname, "..", "..", "..", "..", "skills", "stave-cli", "evals", "evals.json");

export async function readEvals(): Promise<readonly Eval[]> {
  const { evals } = JSON.parse(await readFile(file, "utf8"));
  return evals;
}

/** For docs/agents.md: what was tried, and how it went. */
export function evalsTable(evals: readonly Eval[], passed: ReadonlySet<string>): string {
  const rows = evals.map(({ name, goal, expected, steps, end }) => [
    goal.replaceAll("|", "\\|"),
    expected ?? "",
    `${steps.length}`,
    `${end.length}`,
    passed.has(name) ? "passed" : "failed",
  ]);
  const titles = ["goal", "trap: what is right", "steps", "checks", "result"];
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(titles), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
