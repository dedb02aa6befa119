import type { CrashFindingKind } from "./messages.ts";
import type { CrashOptions } from "./options.ts";
import { moments } from "./plan-round.ts";
import type { CrashResult, MomentResult } from "./run-crash.ts";

/** 0 nothing found, 1 something found or too little judged, 3 a sabotage was not found. */
export type CrashExitCode = 0 | 1 | 3;

export type CrashReport = { readonly exitCode: CrashExitCode; readonly text: string; readonly json: unknown };

/** Fewer acknowledged operations for each round than this prove nothing. */
const enoughForEachRound = 10;
const findingsShown = 10;

const columns = {
  lost: "lost",
  torn: "torn",
  undeleted: "undone",
  phantom: "phantom",
  listing: "listing",
  counters: "counters",
  upload: "uploads",
  sweep: "sweep",
  check: "check",
  start: "no start",
  error: "errors",
} as const satisfies Record<CrashFindingKind, string>;
const kinds = Object.keys(columns) as readonly CrashFindingKind[];

/** What the run has shown, for people and as data. */
export function createReport(result: CrashResult, options: CrashOptions): CrashReport {
  const rows = moments.flatMap((moment) => result.moments.get(moment) ?? []);
  const findings = rows.flatMap((row) => row.findings).sort((a, b) => a.round - b.round);
  const { exitCode, verdict } = conclude(rows, options);
  const lines = [
    formatTable(rows),
    "",
    `${result.rounds} rounds in ${Math.round(result.elapsedMs / 1000)} s; ${result.recoveries} recoveries were crashed as well.`,
  ];
  if (findings.length > 0) {
    lines.push(
      "",
      findings.length > findingsShown ? `The first ${findingsShown} of ${findings.length} findings:` : "Findings:",
    );
    for (const { round, moment, kind, subject, text } of findings.slice(0, findingsShown)) {
      lines.push(`  round ${round}, ${moment}: ${columns[kind]}: ${subject}: ${text}`);
    }
  }
  if (result.kept.length > 0) lines.push("", `Kept, as the judge has left them: ${result.kept.join(", ")}`);
  const command = rerunCommand(options);
  lines.push("", verdict, `Seed ${options.seed}. Again: ${command}`);
  const shown = rows.map((row) => ({ ...row, counts: countKinds(row) }));
  const { rounds, recoveries, elapsedMs, kept } = result;
  const json = { exitCode, verdict, seed: options.seed, command, rounds, recoveries, elapsedMs, kept, moments: shown };
  return { exitCode, text: lines.join("\n"), json };
}

function conclude(
  rows: readonly MomentResult[],
  { sabotage }: CrashOptions,
): { readonly exitCode: CrashExitCode; readonly verdict: string } {
  const isFound = rows.some(({ findings }) => findings.length > 0);
  if (sabotage !== undefined) {
    return isFound
      ? { exitCode: 1, verdict: "NEGATIVE CONTROL: the store was sabotaged, and the harness sees it." }
      : { exitCode: 3, verdict: "NEGATIVE CONTROL FAILED: the store was sabotaged, and nothing was found." };
  }
  if (isFound)
    return { exitCode: 1, verdict: "FAILED: acknowledged operations did not survive, or what survived is wrong." };
  const judged = sum(rows, ({ judged }) => judged);
  if (judged < enoughForEachRound * sum(rows, ({ rounds }) => rounds)) {
    const verdict = `TOO LITTLE JUDGED: fewer than ${enoughForEachRound} acknowledged operations for each round.`;
    return { exitCode: 1, verdict };
  }
  return { exitCode: 0, verdict: "PASSED: every acknowledged operation survived every crash." };
}

function formatTable(rows: readonly MomentResult[]): string {
  const header = ["crashed at", "rounds", "reached", "acknowledged", "judged", ...kinds.map((kind) => columns[kind])];
  const body = rows.map((row) => {
    const counts = countKinds(row);
    const numbers = [row.rounds, row.reached, row.acknowledged, row.judged, ...kinds.map((kind) => counts[kind])];
    return [row.moment, ...numbers];
  });
  const total = header.map((_, at) => (at === 0 ? "all" : sum(body, (row) => Number(row[at]))));
  const table = [header, ...body, total].map((row) =>
    row.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : cell)),
  );
  const widths = header.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
    )
    .join("\n");
}

function countKinds({ findings }: MomentResult): Readonly<Record<CrashFindingKind, number>> {
  const count = (kind: CrashFindingKind) => findings.filter((finding) => finding.kind === kind).length;
  return Object.fromEntries(kinds.map((kind) => [kind, count(kind)])) as Record<CrashFindingKind, number>;
}

function sum<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}

function rerunCommand({ rounds, seed, workers, point, powerCut, sabotage }: CrashOptions): string {
  const flags = [
    `--rounds ${rounds} --seed ${seed}`,
    ...(workers === 1 ? [] : [`--workers ${workers}`]),
    ...(point === "random" ? [] : [`--point '${point}'`]),
    ...(powerCut === undefined ? [] : [`--power-cut ${powerCut}`]),
    ...(sabotage === undefined ? [] : [`--sabotage ${sabotage}`]),
  ];
  return `npm run crash -- ${flags.join(" ")}`;
}
