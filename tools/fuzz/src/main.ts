import { writeFile } from "node:fs/promises";
import { FuzzError } from "./fuzz-error.ts";
import { type FuzzOptions, readOptions } from "./options.ts";
import { replay } from "./replay.ts";
import { createReport } from "./report.ts";
import { runFuzz } from "./run-fuzz.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interruption.abort());
  try {
    const options = readOptions(args);
    if ("help" in options) {
      process.stdout.write(options.help);
      return 0;
    }
    if (options.replay !== undefined) return await showReplay(options.replay, options);
    return await run(options, interruption.signal);
  } catch (error) {
    if (!(error instanceof FuzzError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(options: FuzzOptions, signal: AbortSignal): Promise<number> {
  const result = await runFuzz(options, {
    signal,
    onProgress: ({ requests, found }) => {
      if (process.stdout.isTTY || requests % 25_000 === 0) console.log(`${requests} cases, ${found} findings`);
    },
  });
  console.log(createReport(result, options));
  if (options.json !== undefined) {
    const json = {
      ...result,
      statuses: Object.fromEntries(result.statuses),
      mutations: Object.fromEntries(result.mutations),
    };
    await writeFile(options.json, `${JSON.stringify(json, undefined, 2)}\n`);
  }
  return result.found > 0 || signal.aborted ? 1 : 0;
}

async function showReplay(file: string, options: FuzzOptions): Promise<number> {
  const { findings, received } = await replay(file, options);
  console.log(received.slice(0, 4000));
  for (const { kind, text } of findings) console.log(`${kind}: ${text}`);
  if (findings.length === 0) console.log("Nothing found.");
  return findings.length > 0 ? 1 : 0;
}
