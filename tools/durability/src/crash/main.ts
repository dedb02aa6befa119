import { writeFile } from "node:fs/promises";
import { HarnessError } from "../harness-error.ts";
import { findMissing } from "../requirements.ts";
import { runMain } from "../run-main.ts";
import { type CrashOptions, readOptions } from "./options.ts";
import { createReport } from "./report.ts";
import { type CrashResult, runCrash } from "./run-crash.ts";

process.exitCode = await runMain(process.argv.slice(2), { readOptions, run });

async function run(options: CrashOptions, signal: AbortSignal): Promise<number> {
  if (options.powerCut !== undefined) {
    const missing = findMissing({ filesystems: [options.powerCut], needsEatmydata: false });
    if (missing.length > 0) throw new HarnessError("requirement", missing.join("\n"));
  }
  const result = await runCrash(options, { signal, onRound: (shown) => printProgress(shown, options) });
  const { text, json, exitCode } = createReport(result, options);
  console.log(`\n${text}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(json, undefined, 2)}\n`);
  return exitCode;
}

function printProgress({ rounds, moments }: CrashResult, options: CrashOptions): void {
  if (!process.stdout.isTTY && rounds % 25 !== 0 && rounds !== options.rounds) return;
  const all = [...moments.values()];
  const judged = all.reduce((sum, moment) => sum + moment.judged, 0);
  const found = all.reduce((sum, moment) => sum + moment.findings.length, 0);
  console.log(`${rounds} of ${options.rounds} rounds, ${judged} operations judged, ${found} findings`);
}
