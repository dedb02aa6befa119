import { writeFile } from "node:fs/promises";
import { type PowercutOptions, readOptions } from "./options.ts";
import { PowercutError } from "./powercut-error.ts";
import { createReport } from "./report.ts";
import { findMissing } from "./requirements.ts";
import { type FilesystemResult, runPowercut } from "./run-powercut.ts";

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

async function run(options: PowercutOptions, signal: AbortSignal): Promise<number> {
  const missing = findMissing({ filesystems: options.filesystems, needsEatmydata: options.withoutFlush });
  if (missing.length > 0) throw new PowercutError("requirement", missing.join("\n"));
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
