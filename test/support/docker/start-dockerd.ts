import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dockerCall } from "./docker-call.ts";
import { type FillableDisk, mountDisk } from "./fillable-disk.ts";
import { writeIptablesNames } from "./iptables-names.ts";
import { claimSlot, type NetworkSlot, visitAbandonedSlots } from "./network-slot.ts";
import { readCommand, removeDockerd } from "./remove-dockerd.ts";

export interface StartDockerdOptions {
  /** A disk of its own of this size for all images, volumes and containers. @default the disk of this machine */
  readonly diskMib?: number;
  /** Whether it writes rules for the packet filter, which keep networks apart. @default true */
  readonly iptables?: boolean;
  /** More of its flags. */
  readonly args?: readonly string[];
}

/** A dockerd that shares nothing with any other one on this machine. */
export interface TestDockerd {
  readonly socketPath: string;
  /** With everything that it has. */
  readonly directory: string;
  readonly slot: NetworkSlot;
  readonly pid: number;
  /** The one that `diskMib` has asked for. */
  readonly disk: FillableDisk | undefined;
  /** What it has logged so far. */
  log(): string;
  /** SIGTERM: containers stop, the socket goes. What there is stays, for {@link start}. */
  terminate(): Promise<void>;
  /** SIGKILL: the containers go on without it. */
  kill(): Promise<void>;
  /** Runs it again, with all that it had. */
  start(): Promise<void>;
  /** SIGSTOP: its socket takes calls and answers none, until {@link resume}. */
  suspend(): void;
  resume(): void;
  /** Removes it from the machine with everything that it has made. */
  stop(): Promise<void>;
}

const startMs = 30_000;
const stopMs = 20_000;
let isIntroduced = false;

/** Runs a dockerd of the test's own and waits until it answers. */
export async function startDockerd({
  diskMib,
  iptables = true,
  args = [],
}: StartDockerdOptions = {}): Promise<TestDockerd> {
  visitAbandonedSlots(removeDockerd);
  const directory = mkdtempSync(join(tmpdir(), "stave-docker-"));
  const slot = claimSlot(directory);
  const remove = () => removeDockerd(slot, directory);
  process.once("exit", remove); // a test that was interrupted stops nothing
  try {
    makeBridge(slot);
    mkdirSync(join(directory, "data"));
    const disk = diskMib === undefined ? undefined : mountDisk(directory, diskMib);
    const bin = writeIptablesNames(directory, slot);
    const socketPath = join(directory, "docker.sock");
    const flags = [...flagsOf(slot, directory, socketPath), `--iptables=${iptables}`, ...args];
    const run = () => runDockerd({ flags, bin, directory, socketPath });
    let child = await run();
    await introduce(socketPath);

    return {
      socketPath,
      directory,
      slot,
      disk,
      get pid() {
        return child.pid ?? 0;
      },
      log: () => readFileSync(logFile(directory), "utf8"),
      terminate: () => end(child, "SIGTERM"),
      async kill() {
        await end(child, "SIGKILL");
        await untilContainerdEnds(directory);
      },
      async start() {
        if (isRunning(child)) throw new Error("It runs already");
        child = await run();
      },
      suspend: () => void child.kill("SIGSTOP"),
      resume: () => void child.kill("SIGCONT"),
      async stop() {
        process.off("exit", remove);
        const ended = isRunning(child) ? once(child, "exit") : undefined;
        remove();
        await ended;
      },
    };
  } catch (error) {
    process.off("exit", remove);
    remove();
    throw error;
  }
}

function makeBridge({ bridge, bridgeAddress }: NetworkSlot): void {
  const ip = (...args: readonly string[]) => execFileSync("ip", args);
  ip("link", "add", bridge, "type", "bridge");
  ip("address", "add", bridgeAddress, "dev", bridge);
  ip("link", "set", bridge, "up");
}

function flagsOf(slot: NetworkSlot, directory: string, socketPath: string): readonly string[] {
  // Not that of the machine's own dockerd.
  const configFile = join(directory, "daemon.json");
  writeFileSync(configFile, "{}");
  return [
    `--config-file=${configFile}`,
    `--data-root=${join(directory, "data")}`,
    `--exec-root=${join(directory, "exec")}`,
    `--pidfile=${join(directory, "dockerd.pid")}`,
    `--host=unix://${socketPath}`,
    `--bridge=${slot.bridge}`,
    `--default-address-pool=base=${slot.pool},size=24`,
    `--cgroup-parent=/${slot.cgroup}`,
    "--exec-opt=native.cgroupdriver=cgroupfs",
    "--ip-forward=false", // a setting of the whole machine
    "--shutdown-timeout=5",
  ];
}

type DockerdRun = {
  readonly flags: readonly string[];
  readonly bin: string;
  readonly directory: string;
  readonly socketPath: string;
};

async function runDockerd({ flags, bin, directory, socketPath }: DockerdRun): Promise<ChildProcess> {
  // Of one that was killed: their ids may be somebody else's by now, who would be taken for them.
  for (const file of ["dockerd.pid", "exec/containerd/containerd.pid"]) rmSync(join(directory, file), { force: true });
  const log = openSync(logFile(directory), "a");
  const child = spawn("dockerd", flags, {
    stdio: ["ignore", log, log],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    detached: true, // a terminal's ^C is for the tests
  });
  closeSync(log);
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  await Promise.race([untilItAnswers(child, directory, socketPath), failed]);
  return child;
}

async function untilItAnswers(child: ChildProcess, directory: string, socketPath: string): Promise<void> {
  const deadline = performance.now() + startMs;
  for (;;) {
    const isUp = await dockerCall(socketPath, "/_ping").then(
      () => true,
      () => false,
    );
    if (isUp) return;
    if (isRunning(child) && performance.now() < deadline) await delay(20);
    else throw new Error(`dockerd did not start:\n${readFileSync(logFile(directory), "utf8").slice(-4000)}`);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(timer);
}

/** The kernel kills it with its dockerd, and that takes a moment. */
async function untilContainerdEnds(directory: string): Promise<void> {
  const file = join(directory, "exec/containerd/containerd.pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  const isThere = () => pid > 0 && readCommand(pid).includes(directory);
  for (const deadline = performance.now() + stopMs; isThere(); await delay(20)) {
    if (performance.now() > deadline) throw new Error(`containerd (${pid}) does not end`);
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function logFile(directory: string): string {
  return join(directory, "dockerd.log");
}

/** Says once what the results are about. */
async function introduce(socketPath: string): Promise<void> {
  if (isIntroduced) return;
  isIntroduced = true;
  type Info = {
    ServerVersion: string;
    Driver: string;
    CgroupVersion?: string;
    CgroupDriver: string;
    SwapLimit: boolean;
  };
  const info = await dockerCall<Info>(socketPath, "/info");
  const { ApiVersion } = await dockerCall<{ ApiVersion: string }>(socketPath, "/version");
  console.info(
    `Docker engine ${info.ServerVersion}, API ${ApiVersion}, control groups v${info.CgroupVersion ?? "1"} (${info.CgroupDriver}), ` +
      `${info.Driver}, swap limits ${info.SwapLimit ? "enforced" : "not enforced"}`,
  );
}
