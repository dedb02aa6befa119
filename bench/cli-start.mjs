// How soon the command line answers: `--version`, `--help`, completion; in multiples of Node.js itself, which the machine's load moves too.
// npm run bench -- cli-start [--runs 15] [--main FILE]

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { runs: { type: "string", default: "15" }, main: { type: "string" } } });
const main = values.main ?? join(import.meta.dirname, "../apps/cli/dist/main.js");
const cases = [
  ["node itself", ["--eval", "0"]],
  ["--version", [main, "--version"], 150],
  ["--help", [main, "--help"], 300],
  ["services --help", [main, "services", "--help"], 300],
  ["completion", [main, "__complete", "services", ""], 300],
  ["config show", [main, "config", "show"]],
];

const times = new Map(cases.map(([name]) => [name, []]));
// In turn: what else the machine does hits all of them.
for (let run = 0; run < Number(values.runs); run += 1) {
  for (const [name, args] of cases) {
    const startMs = performance.now();
    spawnSync(process.execPath, args, { stdio: "ignore" });
    times.get(name)?.push(performance.now() - startMs);
  }
}
const base = median(times.get("node itself"));
for (const [name, , limitMs] of cases) {
  const ms = median(times.get(name));
  const limit = limitMs === undefined ? "" : `   limit ${limitMs} ms: ${ms <= limitMs ? "kept" : "MISSED"}`;
  console.log(`${name.padEnd(16)} ${ms.toFixed(0).padStart(5)} ms   ${(ms / base).toFixed(2)} x node${limit}`);
}

function median(numbers) {
  return [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)];
}
