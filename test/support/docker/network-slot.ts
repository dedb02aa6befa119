import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where every dockerd of a test on this machine is written down, so that the next one can clean up after a crash. */
const register = "/run/stave-test-docker";
const firstSlot = 100;
const slots = 100;

/** What one dockerd of a test may call its own on this machine. */
export type NetworkSlot = {
  readonly number: number;
  readonly bridge: string;
  /** Of the bridge itself, with its network. */
  readonly bridgeAddress: string;
  /** Every network of this dockerd lies in it. */
  readonly range: string;
  /** Networks that containers get one by one; docker's own choice would be that of every other dockerd, too. */
  readonly pool: string;
  /** Takes the place of `DOCKER` in the names of iptables chains. */
  readonly chain: string;
  /** Of its control groups. */
  readonly cgroup: string;
};

type SlotRecord = { readonly pid: number; readonly startedAt: string; readonly directory: string };

/** Takes a number that no other test has, and whose addresses no network of this machine uses. */
export function claimSlot(directory: string): NetworkSlot {
  mkdirSync(register, { recursive: true });
  const routes = execFileSync("ip", ["-4", "route", "show", "table", "all"], { encoding: "utf8" });
  for (let number = firstSlot; number < firstSlot + slots; number += 1) {
    if (new RegExp(`\\b10\\.${number}\\.`).test(routes)) continue;
    try {
      writeRecord(join(register, String(number)), directory);
      return describeSlot(number);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
  throw new Error(`No network from 10.${firstSlot}.0.0/16 on is free: see ${register}`);
}

export function releaseSlot({ number }: NetworkSlot): void {
  rmSync(join(register, String(number)), { force: true });
}

/** Hands over those whose test is gone without having stopped its dockerd. Each to one process at a time. */
export function visitAbandonedSlots(visit: (slot: NetworkSlot, directory: string) => void): void {
  mkdirSync(register, { recursive: true });
  for (const name of readdirSync(register).filter((name) => /^\d+$/.test(name))) {
    if (!isAbandoned(join(register, name))) continue;
    const lock = join(register, `${name}.cleaning`);
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    try {
      writeRecord(lock, "");
    } catch {
      continue; // somebody is at it
    }
    const record = readRecord(join(register, name));
    if (record !== undefined && isAbandoned(join(register, name))) visit(describeSlot(Number(name)), record.directory);
    rmSync(lock);
  }
}

function writeRecord(path: string, directory: string): void {
  const record: SlotRecord = { pid: process.pid, startedAt: startOf(process.pid) ?? "", directory };
  writeFileSync(path, JSON.stringify(record), { flag: "wx" });
}

function isAbandoned(path: string): boolean {
  const record = readRecord(path);
  return record !== undefined && startOf(record.pid) !== record.startedAt;
}

function readRecord(path: string): SlotRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // being written, or released, at this moment
  }
}

function describeSlot(number: number): NetworkSlot {
  return {
    number,
    bridge: `stave-test${number}`,
    bridgeAddress: `10.${number}.0.1/24`,
    range: `10.${number}.`,
    pool: `10.${number}.128.0/17`,
    chain: `STAVE${number}`,
    cgroup: `stave-test${number}`,
  };
}

/** Since the boot, in clock ticks: tells a process from a later one with the same id. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
