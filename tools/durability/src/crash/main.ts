import { writeFile } from "node:fs/promises";
import { PowercutError } from "../powercut/powercut-error.ts";
import { findMissing } from "../powercut/requirements.ts";
import { type CrashOptions, readOptions } from "./options.ts";
import { createReport } from "./report.ts";
import { type CrashResult, runCrash } from "./run-crash.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  let signalCode = 0;
  for (const [name, code] of Object.entries(signalCodes)) {
    process.on(name, () => {
      if (signalCode === 0) console.error("Interrupted: cleaning up.");
      signalCode ||= code;
      interruption.abort();
    });
  }
  try {
    const options = readOptions(args);
    if ("help" in options) {
      process.stdout.write(options.help);
      return 0;
    }
    return await run(options, interruption.signal);
  } catch (error) {
    if (signalCode !== 0) return signalCode;
    if (!(error instanceof PowercutError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(options: CrashOptions, signal: AbortSignal): Promise<number> {
  if (options.powerCut !== undefined) {
    const missing = findMissing({ filesystems: [options.powerCut], needsEatmydata: false });
    if (missing.length > 0) throw new PowercutError("requirement", missing.join("\n"));
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
