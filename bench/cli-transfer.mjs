// `stave cp` and `stave mirror` beside the AWS command line and rclone, in turns, against one gateway on this machine. Linux only (/proc).
// npm run bench -- cli-transfer [--mib 1024] [--files 10000] [--rounds 2] [--aws PATH] [--rclone PATH] [--dir DIR]
// Whichever of the other two is missing is left out, and said so.

import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    mib: { type: "string", default: "1024" },
    files: { type: "string", default: "10000" },
    rounds: { type: "string", default: "2" },
    aws: { type: "string", default: "aws" },
    rclone: { type: "string", default: "rclone" },
    dir: { type: "string", default: tmpdir() },
  },
});
const mib = Number(values.mib);
const files = Number(values.files);
const account = { accessKeyId: "AKIABENCH00000000000", secretAccessKey: randomBytes(20).toString("hex") };
const scratch = mkdtempSync(join(values.dir, "stave-transfer-"));
const stave = join(import.meta.dirname, "../apps/cli/dist/main.js");
const { aws, rclone } = values;

const users = join(scratch, "users.json");
writeFileSync(users, JSON.stringify([{ id: "bench", displayName: "bench", email: "", ...account }]));
const main = join(import.meta.dirname, "../apps/gateway/dist/main.js");
const settings = ["--data-dir", join(scratch, "data"), "--port", "0", "--admin-port", "0", "--users", users];
const server = spawn(process.execPath, [main, ...settings, "--workers", "2"], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const [line] = await once(server.stdout, "data");
  const endpoint = `http://127.0.0.1:${Number(/:(\d+)\n/.exec(String(line))?.[1])}`;
  const env = {
    PATH: process.env.PATH,
    HOME: scratch,
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
    RCLONE_CONFIG: "/dev/null",
    RCLONE_CONFIG_S_TYPE: "s3",
    RCLONE_CONFIG_S_PROVIDER: "Other",
    RCLONE_CONFIG_S_ENV_AUTH: "true",
    RCLONE_CONFIG_S_ENDPOINT: endpoint,
    RCLONE_CONFIG_S_REGION: "us-east-1",
  };
  const has = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;
  const tools = [
    { name: "stave", isThere: true },
    { name: "aws", isThere: has(aws, ["--version"]) },
    { name: "rclone", isThere: has(rclone, ["version"]) },
  ].filter(({ name, isThere }) => isThere || console.log(`${name} is not there: left out`));
  await run({ command: process.execPath, args: [stave, "--version"] }, env);

  const big = join(scratch, "big");
  writeBig(big);
  const tree = join(scratch, "tree");
  writeTree(tree);
  for (const { name } of tools) await makeBucket(endpoint, name, env);

  const s3 = (name, key) => (name === "rclone" ? `s:bench-${name}/${key}` : `s3://bench-${name}/${key}`);
  const cases = [
    {
      title: `cp of ${mib} MiB up`,
      of: (name, round) => copy(name, big, s3(name, `big${round}`)),
    },
    {
      title: `cp of ${mib} MiB down`,
      of: (name, round) => copy(name, s3(name, `big${round}`), join(scratch, `down-${name}`)),
      after: (name) => {
        if (statSync(join(scratch, `down-${name}`)).size !== mib * 1024 ** 2) throw new Error(`${name}: not whole`);
        rmSync(join(scratch, `down-${name}`));
      },
    },
    { title: `mirror of ${files} files up`, of: (name, round) => mirror(name, tree, s3(name, `tree${round}`)) },
    { title: "the same again", of: (name, round) => mirror(name, tree, s3(name, `tree${round}`)) },
    {
      title: `mirror of ${files} files down`,
      of: (name, round) => mirror(name, s3(name, `tree${round}`), join(scratch, `copy-${name}`)),
      after: (name) => rmSync(join(scratch, `copy-${name}`), { recursive: true }),
    },
  ];
  const results = new Map();
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const { title, of, after } of cases) {
      for (const { name } of tools) {
        const result = await run(of(name, round), env);
        after?.(name);
        const best = results.get(`${title} ${name}`);
        if (best === undefined || result.seconds < best.seconds) results.set(`${title} ${name}`, result);
        console.error(`${title}, ${name}: ${show(result)}`);
      }
    }
  }
  console.log(`| case | ${tools.map(({ name }) => name).join(" | ")} | ratio to aws |`);
  console.log(`| --- | ${tools.map(() => "---").join(" | ")} | --- |`);
  for (const { title } of cases) {
    const found = tools.map(({ name }) => results.get(`${title} ${name}`));
    const ofAws = results.get(`${title} aws`);
    const ratio = ofAws === undefined ? "" : (found[0].seconds / ofAws.seconds).toFixed(2);
    console.log(`| ${title} | ${found.map(show).join(" | ")} | ${ratio} |`);
  }
} finally {
  server.kill("SIGTERM");
  await once(server, "exit");
  rmSync(scratch, { recursive: true, force: true });
}

function copy(name, source, target) {
  if (name === "stave") return { command: process.execPath, args: [stave, "cp", source, target] };
  if (name === "aws") return { command: aws, args: ["s3", "cp", "--only-show-errors", source, target] };
  return { command: rclone, args: ["copyto", "--s3-no-check-bucket", source, target] };
}

function mirror(name, source, target) {
  if (name === "stave") return { command: process.execPath, args: [stave, "mirror", source, target] };
  if (name === "aws") return { command: aws, args: ["s3", "sync", "--only-show-errors", source, target] };
  return {
    command: rclone,
    args: ["sync", "--checksum", "--s3-no-check-bucket", "--transfers", "32", "--checkers", "32", source, target],
  };
}

/** Wall clock, CPU time and peak memory, as the kernel knows them at the end of the process: `time -v` in Python, which is everywhere. */
async function run({ command, args }, env) {
  const script =
    "import os,resource,subprocess,sys,time;t=time.time();c=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL);u=resource.getrusage(resource.RUSAGE_CHILDREN);print(c,time.time()-t,u.ru_utime+u.ru_stime,u.ru_maxrss)";
  const child = spawn("python3", ["-c", script, command, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await once(child, "close");
  const [code, seconds, cpuSeconds, peakKib] = text.trim().split(" ").map(Number);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}`);
  return { seconds, cpuSeconds, peakMib: Math.round(peakKib / 1024) };
}

function show({ seconds, cpuSeconds, peakMib }) {
  return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s CPU, ${peakMib} MiB`;
}

async function makeBucket(endpoint, name, env) {
  const { signRequest } = await import("../packages/sigv4-verify/dist/index.js");
  const url = `${endpoint}/bench-${name}`;
  const key = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const options = { ...key, region: "us-east-1", payloadHash: "UNSIGNED-PAYLOAD" };
  const { headers } = await signRequest({ method: "PUT", url }, options);
  const { host, ...rest } = headers;
  const answer = await fetch(url, { method: "PUT", headers: rest });
  if (answer.status !== 200) throw new Error(`${host}: ${answer.status}`);
}

function writeBig(path) {
  const block = randomBytes(1024 ** 2);
  const file = openSync(path, "w");
  for (let at = 0; at < mib; at += 1) {
    block.writeUInt32LE(at);
    writeSync(file, block);
  }
  closeSync(file);
}

/** 4 KiB each, a hundred in a directory. */
function writeTree(directory) {
  const block = randomBytes(4096);
  for (let at = 0; at < files; at += 1) {
    const folder = join(directory, `d${Math.floor(at / 100)}`);
    if (at % 100 === 0) mkdirSync(folder, { recursive: true });
    block.writeUInt32LE(at);
    writeFileSync(join(folder, `file${at}`), block);
  }
}
