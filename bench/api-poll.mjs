// CPU time of the api for services in containers that are looked at all the time. Linux with dockerd, as root.
// npm run bench -- api-poll [--services 20] [--seconds 120] [--profile DIRECTORY]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startDockerd } from "../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../test/support/docker/test-images.ts";

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "20" },
    seconds: { type: "string", default: "120" },
    profile: { type: "string" },
  },
});
const [count, seconds] = [Number(values.services), Number(values.seconds)];
const statsEveryMs = 5_000;
const runtimeEveryMs = 30_000;
/** Node.js compiles meanwhile. */
const settleMs = 30_000;

const scratch = mkdtempSync(join(tmpdir(), "stave-api-poll-"));
const data = ["--data-dir", join(scratch, "data"), "--port", "0", "--log-level", "silent"];
const dockerd = await startDockerd();
let gateway;
let api;
try {
  await loadTestImages(dockerd.socketPath, ["stave"]);
  gateway = await start("gateway", [...data, "--admin-port", "0", "--workers", "1"]);
  const settings = [...data, "--gateway-url", gateway.url, "--docker-socket", dockerd.socketPath];
  const maker = await start("api", settings);
  const token = /^administrator token .*: (\S+)$/m.exec(maker.printed())?.[1] ?? "";
  const ids = [];
  for (let n = 1; n <= count; n += 1) ids.push(await makeService(maker.url, token, `poll-${n}`));
  await stop(maker.child);

  const flags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  api = await start("api", settings, flags);
  await sleep(settleMs);
  report("nobody asks", await cpuPercentFor(seconds));
  const polls = new AbortController();
  const polling = [
    ...ids.map((id, n) => poll(`/${id}/stats`, statsEveryMs, (n / count) * statsEveryMs, polls.signal, token)),
    ...ids.map((id, n) => poll(`/${id}/runtime`, runtimeEveryMs, (n / count) * runtimeEveryMs, polls.signal, token)),
  ];
  await sleep(settleMs);
  report("stats every 5 s, runtime every 30 s", await cpuPercentFor(seconds));
  polls.abort();
  await Promise.all(polling);
} finally {
  if (api !== undefined) await stop(api.child);
  if (gateway !== undefined) await stop(gateway.child);
  await dockerd.stop();
  rmSync(scratch, { recursive: true, force: true });
}

function report(what, percent) {
  console.log(`${count} services, ${what}: ${percent.toFixed(2)} % of a core`);
}

async function cpuPercentFor(duration) {
  const [beforeMs, startMs] = [cpuMs(), performance.now()];
  await sleep(duration * 1000);
  return ((cpuMs() - beforeMs) / (performance.now() - startMs)) * 100;
}

/** User and system time of the process; the kernel counts in hundredths of a second. */
function cpuMs() {
  const fields = readFileSync(`/proc/${api.child.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function poll(path, everyMs, afterMs, signal, token) {
  const rest = (ms) => sleep(ms, undefined, { signal }).catch(() => {});
  for (let nextMs = performance.now() + afterMs; !signal.aborted; nextMs += everyMs) {
    await rest(Math.max(0, nextMs - performance.now()));
    if (signal.aborted) return;
    await call(api.url, path, { token });
  }
}

async function makeService(url, token, name) {
  const parameters = { engine: "custom", docker_image: testImages.stave };
  const { id } = await call(url, "", { method: "POST", token, json: { name, service_type: "s3", parameters } });
  for (;;) {
    const { service } = await call(url, `/${id}`, { token });
    if (service.status === "running") return id;
    if (service.status === "failed") throw new Error(`${name} was not made: ${service.status_reason}`);
    await sleep(100);
  }
}

async function call(url, path, { method = "GET", token, json }) {
  const response = await fetch(`${url}/api/external-services${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json && { "content-type": "application/json" }) },
    ...(json && { body: JSON.stringify(json) }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`);
  return body.service === undefined || path !== "" ? body : body.service;
}

/** Resolves when it says that it is ready. */
async function start(app, args, flags = []) {
  const main = join(import.meta.dirname, `../apps/${app}/dist/main.js`);
  const child = spawn(process.execPath, [...flags, main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      const ready = /^ready (http:\/\/\S+)$/m.exec(printed)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once("exit", (code) => reject(new Error(`${app} ended with ${code} before it was ready:\n${printed}`)));
  });
  return { child, url, printed: () => printed };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
