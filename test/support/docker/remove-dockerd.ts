import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { removeIptablesRules } from "./iptables-names.ts";
import { type NetworkSlot, releaseSlot } from "./network-slot.ts";

const patienceMs = 10_000;

/**
 * Leaves nothing of a dockerd and its containers on this machine, whatever state they are in: no process, mount, network device, rule of
 * the packet filter, control group or file. Not asynchronous, so that it can be the last thing a process does.
 */
export function removeDockerd(slot: NetworkSlot, directory: string): void {
  killProcesses(slot, directory);
  for (const mount of mountsBelow(directory)) spawnSync("umount", ["--lazy", mount]);
  const bridges = [slot.bridge, ...bridgesIn(slot)];
  removeIptablesRules(slot, bridges);
  for (const bridge of bridges) spawnSync("ip", ["link", "delete", bridge]);
  spawnSync("find", [
    "/sys/fs/cgroup",
    "-depth",
    "-type",
    "d",
    "-path",
    `*/${slot.cgroup}*`,
    "-exec",
    "rmdir",
    "{}",
    ";",
  ]);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  releaseSlot(slot);
}

function killProcesses(slot: NetworkSlot, directory: string): void {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const pids = processesOf(slot, directory);
    if (pids.length === 0) return;
    if (performance.now() > deadline) throw new Error(`Processes of ${directory} do not end: ${pids.join(", ")}`);
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {}
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** dockerd, containerd and its shims name their folder; the proxies of published ports the address that they lead to. */
export function processesOf({ cgroup, range }: NetworkSlot, directory: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      if (/^\S*(dockerd|containerd|containerd-shim\S*|runc) /.test(command) && command.includes(directory)) return true;
      if (/^\S*docker-proxy /.test(command) && command.includes(`-container-ip ${range}`)) return true;
      return read(`/proc/${pid}/cgroup`).includes(`/${cgroup}/`);
    })
    .filter((pid) => !/\nState:\s+[ZX]/.test(read(`/proc/${pid}/status`)))
    .map(Number);
}

/** The deepest first. */
export function mountsBelow(directory: string): readonly string[] {
  const mounts = read("/proc/self/mountinfo").split("\n");
  const paths = mounts.map((line) => line.split(" ")[4] ?? "");
  return paths.filter((path) => path.startsWith(`${directory}/`)).sort((one, other) => other.length - one.length);
}

/** Networks that were made through the API have names that nobody can foresee. */
export function bridgesIn({ range }: NetworkSlot): readonly string[] {
  const listed = execFileSync("ip", ["-o", "-4", "address", "show"], { encoding: "utf8" }).split("\n");
  return listed.flatMap((line) => {
    const [, device = "", , address = ""] = line.split(/\s+/);
    return address.startsWith(range) ? [device] : [];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has just ended
  }
}
