import type { FuzzOptions } from "./options.ts";
import type { FuzzResult } from "./run-fuzz.ts";

/** What a run has shown, for people. */
export function createReport(result: FuzzResult, { seed, first, requests }: FuzzOptions): string {
  const seconds = result.elapsedMs / 1000;
  const statuses = [...result.statuses]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, count]) => `${status}: ${count}`);
  const memory = result.memory.map(({ pid, before, after }) => {
    const pair = (name: "anonymousMib" | "residentMib") => `${before[name].toFixed(0)} → ${after[name].toFixed(0)} MiB`;
    return `  process ${pid}: anonymous ${pair("anonymousMib")}, resident ${pair("residentMib")}`;
  });
  const findings = result.findings.map(
    ({ kind, text, file }) => `  ${kind}: ${text}${file === undefined ? "" : `\n    npm run fuzz -- --replay ${file}`}`,
  );
  return [
    `${result.requests} cases in ${seconds.toFixed(0)} s, ${(result.requests / seconds).toFixed(0)} a second; ${result.operations.length} kinds of requests`,
    `Answers by status: ${statuses.join(", ")}`,
    ...(memory.length > 0 ? ["Memory after the warm-up → at the end (medians):", ...memory] : []),
    ...(result.warnings > 0 ? [`Warnings in the log: ${result.warnings}`] : []),
    ...(findings.length > 0 ? [`${result.found} findings, of which:`, ...findings] : ["Nothing found."]),
    `Seed ${seed}. Again: npm run fuzz -- --requests ${requests} --seed ${seed}${first === 0 ? "" : ` --first ${first}`}`,
  ].join("\n");
}
