// Peak memory of the gateway while several clients put, then get, large objects at once. Linux only (/proc).
// npm run bench -- memory [--clients 8] [--mib 1024] [--workers N] [--dir DIR]

import { spawn } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "8" },
    mib: { type: "string", default: "1024" },
    workers: { type: "string", default: String(availableParallelism()) },
    dir: { type: "string", default: tmpdir() },
  },
});
const clients = Number(values.clients);
const sizeBytes = Number(values.mib) * 1024 * 1024;
const account = { accessKeyId: "AKIABENCH00000000000", secretAccessKey: randomBytes(20).toString("hex") };
const scratch = mkdtempSync(join(values.dir, "stave-memory-"));
const block = randomBytes(1024 * 1024);
const agent = new Agent({ keepAlive: true, maxSockets: clients });

const users = join(scratch, "users.json");
writeFileSync(users, JSON.stringify([{ id: "bench", displayName: "bench", email: "", ...account }]));
const main = join(import.meta.dirname, "../apps/gateway/dist/main.js");
const settings = ["--data-dir", join(scratch, "data"), "--port", "0", "--admin-port", "0", "--users", users];
const server = spawn(process.execPath, [main, ...settings, "--workers", values.workers], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const [line] = await once(server.stdout, "data");
  const port = Number(/:(\d+)\n/.exec(String(line))?.[1]);
  console.log(`idle: ${residentMib(server.pid)} MiB in ${processTree(server.pid).length} processes`);
  await send(port, "PUT", "/bench", 0);
  for (const method of ["PUT", "GET"]) {
    const peak = watchPeak(server.pid);
    const startMs = performance.now();
    await Promise.all(
      Array.from({ length: clients }, (_, client) => send(port, method, `/bench/${client}`, sizeBytes)),
    );
    const seconds = (performance.now() - startMs) / 1000;
    const rate = (clients * sizeBytes) / 1e6 / seconds;
    console.log(`${method}: ${clients} x ${values.mib} MiB, peak ${peak.stop()} MiB resident, ${rate.toFixed(0)} MB/s`);
  }
} finally {
  server.kill("SIGTERM");
  await once(server, "exit");
  rmSync(scratch, { recursive: true, force: true });
}

/** One signed request; a PUT sends, and a GET must receive, `bytes` bytes. */
async function send(port, method, path, bytes) {
  const isPut = method === "PUT";
  const outgoing = request({
    port,
    host: "127.0.0.1",
    method,
    path,
    agent,
    headers: sign(method, path, port, isPut ? bytes : 0),
  });
  const answered = once(outgoing, "response");
  if (isPut) {
    for (let sent = 0; sent < bytes; sent += block.length) {
      if (!outgoing.write(block)) await once(outgoing, "drain");
    }
  }
  outgoing.end();
  const [response] = await answered;
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  if (response.statusCode !== 200) throw new Error(`${method} ${path}: status ${response.statusCode}`);
  if (!isPut && received !== bytes) throw new Error(`GET ${path}: ${received} of ${bytes} bytes`);
}

function sign(method, path, port, contentLength) {
  const timestamp = `${new Date().toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}Z`;
  const scope = `${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const host = `127.0.0.1:${port}`;
  const signedHeaders = "host;x-amz-content-sha256;x-amz-date";
  const headers = `host:${host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:${timestamp}\n`;
  const canonical = `${method}\n${path}\n\n${headers}\n${signedHeaders}\nUNSIGNED-PAYLOAD`;
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
  let key = `AWS4${account.secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return {
    host,
    "content-length": contentLength,
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "x-amz-date": timestamp,
    authorization: `AWS4-HMAC-SHA256 Credential=${account.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

function watchPeak(pid) {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMib(pid));
  }, 100);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** Of the process and its descendants. Pages they share, the mapped index for example, count once for each. */
function residentMib(pid) {
  const kib = processTree(pid).map((id) => Number(/VmRSS:\s+(\d+)/.exec(readStatus(id))?.[1] ?? 0));
  return Math.round(kib.reduce((sum, value) => sum + value, 0) / 1024);
}

function processTree(pid) {
  const children = new Map();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = /PPid:\s+(\d+)/.exec(readStatus(id))?.[1];
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const tree = [String(pid)];
  for (const id of tree) tree.push(...(children.get(id) ?? []));
  return tree;
}

function readStatus(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return ""; // it has ended since it was listed
  }
}
