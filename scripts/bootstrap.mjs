// Runs a task on the Node.js pinned in package.json, whichever Node.js (20.11 or newer) started it, and installs first
// when the lockfile changed. Usage: node scripts/bootstrap.mjs TASK [arguments]; an unknown task names those that there are.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const installedLock = join(root, "node_modules", ".installed-lock.yaml");
const lock = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const env = { ...process.env, PATH: bin + delimiter + process.env.PATH, TURBO_TELEMETRY_DISABLED: "1" };

const tasks = {
  setup: () => {},
  build,
  // What `stave serve` does, from this checkout.
  start: async (args) => {
    await build();
    await app("cli", ["serve", ...args]);
  },
  gateway: async (args) => {
    await build();
    await app("gateway", args);
  },
  api: async (args) => {
    await build();
    await app("api", args);
  },
  bench: async ([name, ...args]) => {
    if (name === undefined) return console.log(listBenches());
    const script = join(root, "bench", `${name}.mjs`);
    if (!/^[a-z-]+$/.test(name) || !existsSync(script)) fail(2, `Unknown bench "${name}".\n${listBenches()}`);
    await build();
    await run(pinnedNode(), [script, ...args], { cwd: process.cwd(), stdio: "inherit" });
  },
  "skill-reference": async () => {
    await build();
    const script = join(root, "scripts", "write-skill-reference.mjs");
    await run(pinnedNode(), ["--conditions=@stave/source", script], { stdio: "inherit" });
  },
  compatibility: () =>
    run(pinnedNode(), ["--conditions=@stave/source", join(root, "scripts", "write-compatibility.mjs")], {
      stdio: "inherit",
    }),
  "cli-reference": async () => {
    await build();
    await run(pinnedNode(), ["--conditions=@stave/source", join(root, "scripts", "write-cli-reference.mjs")], {
      stdio: "inherit",
    });
  },
  isolation: () => tool("vitest", "run", "apps/gateway/test/isolation.test.ts", "--update"),
  powercut: (args) => harness("durability/src/powercut", args),
  crash: (args) => harness("durability/src/crash", args),
  fuzz: (args) => harness("fuzz/src", args),
  test: async (args) => {
    await tool("biome", "check", "--error-on-warnings");
    await tool("tsc", "-p", "tsconfig.json");
    await tool("tsc", "-p", "apps/dashboard/tsconfig.json");
    await build();
    await tool("vitest", "run", ...args);
  },
};

const [name = "", ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, name)) fail(2, `Unknown task "${name}". Tasks: ${Object.keys(tasks).join(", ")}.`);
if (!existsSync(installedLock) || readFileSync(installedLock, "utf8") !== lock) {
  // Build tools are needed under NODE_ENV=production too; the age of a reviewed lockfile's entries need not be asked again.
  await pnpm("install", "--frozen-lockfile", "--prod=false", "--config.minimumReleaseAge=0");
  writeFileSync(installedLock, lock);
}
await tasks[name](args);

/** Silent unless it fails: what follows it is what the user asked for. */
async function build() {
  const turbo = ["exec", "turbo", "run", "build", "--output-logs=errors-only"];
  const child = spawn("npx", ["--yes", "--prefer-offline", packageManager, ...turbo], { cwd: root, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  if (code === 0) return;
  process.stderr.write(output);
  process.exit(code ?? 1);
}

/** Runs a built app. The caller's working directory is kept: relative paths in the arguments are relative to it. */
async function app(name, args) {
  await run(pinnedNode(), ["--enable-source-maps", join(root, "apps", name, "dist/main.js"), ...args], {
    cwd: process.cwd(),
    stdio: "inherit",
  });
}

/** A harness in `tools`, run from source: Node.js strips the types. */
async function harness(folder, args) {
  await build();
  const main = join(root, "tools", folder, "main.ts");
  await run(pinnedNode(), ["--conditions=@stave/source", main, ...args], { cwd: process.cwd(), stdio: "inherit" });
}

/** Each script in `bench` with its first line, which says what it measures. */
function listBenches() {
  const names = readdirSync(join(root, "bench")).flatMap((file) => /^(.+)\.mjs$/.exec(file)?.[1] ?? []);
  const lines = names.map((name) => {
    const [first = ""] = readFileSync(join(root, "bench", `${name}.mjs`), "utf8").split("\n");
    return `  npm run bench -- ${name.padEnd(12)} ${first.replace(/^\/\/ /, "")}`;
  });
  return ["Benches:", ...lines].join("\n");
}

async function pnpm(...args) {
  await tool("npx", "--yes", "--prefer-offline", packageManager, ...args);
}

/** Runs a build tool in the repository. The tests' closing line must be the last on standard output; nothing follows it. */
async function tool(command, ...args) {
  const path = join(bin, command);
  await run(existsSync(path) ? path : command, args, { cwd: root, stdio: "inherit" });
}

/** The bundled Node.js where one exists for this machine, else the running one if it is new enough. */
function pinnedNode() {
  const bundled = join(bin, "node");
  if (spawnSync(bundled, ["--version"]).status === 0) return bundled;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 7)) return process.execPath;
  return fail(1, `No bundled Node.js runs on ${process.platform}-${process.arch}: install Node.js 26, then try again.`);
}

/** Resolves when the command exits with 0; otherwise ends this process with the command's exit code. */
async function run(command, args, options) {
  const child = spawn(command, args, { ...options, env });
  const terminate = () => child.kill("SIGTERM");
  const ignore = () => {}; // a terminal's ^C reaches the child itself
  process.on("SIGTERM", terminate).on("SIGINT", ignore);
  const [code] = await once(child, "exit");
  process.off("SIGTERM", terminate).off("SIGINT", ignore);
  if (code !== 0) process.exit(code ?? 1);
}

function fail(code, message) {
  console.error(message);
  process.exit(code);
}
