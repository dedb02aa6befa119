import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FuzzError } from "./fuzz-error.ts";
import { type Identities, usersFileOf } from "./identities.ts";
import { domain, websiteDomain } from "./model.ts";

const gatewayMain = join(import.meta.dirname, "../../../apps/gateway/dist/main.js");
const shiftedClock = join(import.meta.dirname, "shifted-clock.ts");

export interface GatewayOptions {
  readonly identities: Identities;
  /** Texts that its log must not hold. */
  readonly canaries: readonly string[];
  /** Lets its clock say this when it starts, so that old signatures are good. @default the real time */
  readonly startsAt?: Date;
}

export type Memory = {
  /** Without what is mapped from files, such as the index of the store. */
  readonly anonymousMib: number;
  readonly residentMib: number;
};

/** The gateway as it is built, with two workers and a data directory of its own. */
export type GatewayProcess = {
  readonly port: number;
  /** The parent, then its workers. */
  readonly pids: readonly number[];
  memory(): Promise<ReadonlyMap<number, Memory>>;
  /** What is wrong with it, in words; each is told once. */
  takeTroubles(): Promise<readonly string[]>;
  /** Operations of the requests it has logged. */
  readonly operations: ReadonlySet<string>;
  /** Warnings: answers that it could not send to their end. */
  warnings(): number;
  stop(): Promise<void>;
};

export async function startGateway({ identities, canaries, startsAt }: GatewayOptions): Promise<GatewayProcess> {
  if (!existsSync(gatewayMain)) throw new FuzzError("The gateway is not built: run `npm run build`.");
  const scratch = await mkdtemp(join(tmpdir(), "stave-fuzz-"));
  const users = join(scratch, "users.json");
  await writeFile(users, usersFileOf(identities), { mode: 0o600 });
  const settings = `--port 0 --admin-port 0 --workers 2 --log-level debug --domains ${domain},localhost`.split(" ");
  const places = ["--website-domains", websiteDomain, "--data-dir", join(scratch, "data"), "--users", users];
  const clock =
    startsAt === undefined
      ? {}
      : { NODE_OPTIONS: `--import=${shiftedClock}`, STAVE_FUZZ_CLOCK_MS: String(startsAt.getTime() - Date.now()) };
  const child = spawn(process.execPath, [gatewayMain, ...settings, ...places], {
    env: { ...process.env, ...clock },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const exited = once(child, "exit");
  const log = readLog(child, canaries);
  try {
    const port = await readyPort(child);
    const { pid = 0 } = child;
    const pids = [pid, ...(await childrenOf(pid))];
    const told = new Set<number>();
    return {
      port,
      pids,
      operations: log.operations,
      warnings: () => log.warnings,
      async memory() {
        const all = await Promise.all(pids.map(async (it) => [it, await memoryOf(it)] as const));
        return new Map(all.flatMap(([it, memory]) => (memory === undefined ? [] : [[it, memory] as const])));
      },
      async takeTroubles() {
        const alive = new Set([pid, ...(await childrenOf(pid))]);
        const isGone = (it: number) => !alive.has(it) || (it === pid && child.exitCode !== null);
        const gone = pids.filter((it) => isGone(it) && !told.has(it));
        for (const it of gone) told.add(it);
        return [...log.troubles.splice(0), ...gone.map((it) => `process ${it} is gone`)];
      },
      async stop() {
        child.kill("SIGTERM");
        await exited;
        process.off("exit", kill);
        await rm(scratch, { recursive: true, force: true });
      },
    };
  } catch (error) {
    kill();
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

/** Reads the log as it comes and keeps of it only what is worth keeping: a long run logs much. */
function readLog(child: ChildProcess, canaries: readonly string[]) {
  const state = { troubles: [] as string[], operations: new Set<string>(), warnings: 0 };
  const trouble = (text: string) => state.troubles.length < 20 && state.troubles.push(text);
  let rest = "";
  const take = (chunk: Buffer) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      for (const canary of canaries) if (line.includes(canary)) trouble(`the log tells ${canary.slice(0, 12)}…`);
      const level = Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 60);
      if (level >= 50) trouble(`logged: ${line.slice(0, 2000)}`);
      if (level === 40) state.warnings += 1;
      const operation = /"operation":"(\w+)"/.exec(line)?.[1];
      if (operation !== undefined) state.operations.add(operation);
    }
  };
  child.stderr?.on("data", take);
  return state;
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const ready = /^ready http:\/\/\S+:(\d+)$/m.exec(printed);
      if (ready !== null) resolve(Number(ready[1]));
    });
    child.once("exit", (code) =>
      reject(new FuzzError(`The gateway ended with ${code} before it was ready:\n${printed}`)),
    );
  });
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) =>
    list
      .split(" ")
      .filter((text) => text.trim() !== "")
      .map(Number),
  );
}

async function memoryOf(pid: number): Promise<Memory | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const mib = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) / 1024;
  return status === "" ? undefined : { anonymousMib: mib("RssAnon"), residentMib: mib("VmRSS") };
}
