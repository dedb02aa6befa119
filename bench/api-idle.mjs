// How soon the api is ready, and what memory it has when it is idle. Linux only (/proc).
// npm run bench -- api-idle [--runs 3] [--seconds 10]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "3" }, seconds: { type: "string", default: "10" } },
});
const scratch = mkdtempSync(join(tmpdir(), "stave-api-idle-"));
const data = ["--data-dir", join(scratch, "data"), "--port", "0", "--log-level", "silent"];
const gateway = await start("gateway", [...data, "--admin-port", "0", "--workers", "1"]);
try {
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const api = await start("api", [...data, "--gateway-url", gateway.url]);
    await sleep(Number(values.seconds) * 1000);
    const status = readFileSync(`/proc/${api.child.pid}/status`, "utf8");
    const mib = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
    const parts = `${mib("RssAnon")} its own, ${mib("RssFile")} of files`;
    console.log(
      `ready after ${Math.round(api.readyMs)} ms; idle: ${mib("VmRSS")} MiB (${parts}), ever: ${mib("VmHWM")} MiB`,
    );
    await stop(api.child);
  }
} finally {
  await stop(gateway.child);
  rmSync(scratch, { recursive: true, force: true });
}

/** Resolves when it says that it is ready. */
async function start(app, args) {
  const startMs = performance.now();
  const main = join(import.meta.dirname, `../apps/${app}/dist/main.js`);
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      const ready = /^ready (http:\/\/\S+)$/m.exec(printed)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once("exit", (code) => reject(new Error(`${app} ended with ${code} before it was ready:\n${printed}`)));
  });
  return { child, url, readyMs: performance.now() - startMs };
}

async function stop(child) {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
