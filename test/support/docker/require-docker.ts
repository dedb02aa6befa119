import { spawnSync } from "node:child_process";

const tools = {
  dockerd: "docker.io (or Docker's own packages)",
  containerd: "containerd",
  iptables: "iptables",
  ip: "iproute2",
  mount: "mount",
  ldd: "libc-bin",
  "mkfs.ext4": "e2fsprogs",
  "docker-registry": "docker-registry",
};

/**
 * Looks whether this machine can run a dockerd of its own. Where it cannot the tests skip, which is said loudly; in CI (`CI=true`) this
 * throws instead, so that a build without them cannot pass.
 */
export function requireDocker(): { readonly isMissing: boolean } {
  const reason = whatIsMissing();
  if (reason === undefined) return { isMissing: false };
  const message = `The tests with real containers cannot run: ${reason}.`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return { isMissing: true };
}

function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "they need Linux";
  if (process.getuid?.() !== 0) return "a dockerd of their own needs root; run the tests as root";
  const missing = Object.entries(tools).filter(([command]) => !isInstalled(command));
  if (missing.length > 0)
    return `${missing.map(([command]) => command).join(", ")} not found; install ${missing.map(([, name]) => name).join(", ")}`;
  const isMounted = spawnSync("sh", [
    "-c",
    "test -d /sys/fs/cgroup/memory || test -e /sys/fs/cgroup/cgroup.controllers",
  ]);
  return isMounted.status === 0 ? undefined : "no control groups at /sys/fs/cgroup; install and run cgroupfs-mount";
}

function isInstalled(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}
