import { writeFile } from "node:fs/promises";
import { HarnessError } from "../harness-error.ts";
import { findMissing } from "../requirements.ts";
import { runMain } from "../run-main.ts";
import { type PowercutOptions, readOptions } from "./options.ts";
import { createReport } from "./report.ts";
import { type FilesystemResult, runPowercut } from "./run-powercut.ts";

process.exitCode = await runMain(process.argv.slice(2), { readOptions, run });

async function run(options: PowercutOptions, signal: AbortSignal): Promise<number> {
  const missing = findMissing({ filesystems: options.filesystems, needsEatmydata: options.withoutFlush });
  if (missing.length > 0) throw new HarnessError("requirement", missing.join("\n"));
  const results = await runPowercut(options, { signal, onCut: (result) => printProgress(result, options) });
  const { text, json, exitCode } = createReport(results, options);
  console.log(`\n${text}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(json, undefined, 2)}\n`);
  return exitCode;
}

function printProgress({ filesystem, cuts, judged, findings }: FilesystemResult, options: PowercutOptions): void {
  if (!process.stdout.isTTY && cuts % 10 !== 0 && cuts !== options.cuts) return;
  console.log(`${filesystem}: ${cuts} of ${options.cuts} cuts, ${judged} writes judged, ${findings.length} findings`);
}
