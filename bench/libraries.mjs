// CPU of the libraries: every packages/*/bench/*.bench.mjs, one after the other.
// npm run bench -- libraries [PACKAGE ...]

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";

const packages = join(import.meta.dirname, "..", "packages");
const wanted = process.argv.slice(2);

const benches = readdirSync(packages)
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .flatMap((name) => benchesOf(name).map((file) => ({ name, script: join(packages, name, "bench", file) })));
if (benches.length === 0) {
  console.error(`No package of ${wanted.join(", ") || "all"} has a bench`);
  process.exit(2);
}

const model = cpus()[0]?.model ?? "unknown CPU";
console.log(`${model}, ${availableParallelism()} cores, Node.js ${process.version}`);
for (const { name, script } of benches) {
  console.log(`\n## ${name}\n`);
  const { status, stdout } = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Run alone, each bench names the machine; here that is said once.
  const lines = stdout.split("\n").filter((line) => !line.includes(model));
  console.log(lines.join("\n").trim());
  if (status !== 0) process.exitCode = 1;
}

function benchesOf(name) {
  const folder = join(packages, name, "bench");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith(".bench.mjs"));
}
