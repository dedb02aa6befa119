import { spawnSync } from "node:child_process";

export type Found = { readonly isMissing: boolean };

const tryDisk = `
set -e
scratch=$(mktemp -d)
trap 'umount "$scratch/disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir "$scratch/disk"
truncate -s 8M "$scratch/image"
mkfs.ext4 -q -F "$scratch/image"
mount -o loop "$scratch/image" "$scratch/disk"
`;

/**
 * Looks whether this machine can mount disks of its own. Where it cannot the tests skip, which is said loudly; in CI (`CI=true`)
 * this throws instead, so that a build without them cannot pass.
 */
export function findDisks(): Found {
  const install =
    "They need Linux, root, loop devices, and on Debian the packages mount, e2fsprogs and xfsprogs (xfs_io)";
  const mounted = run("sh", ["-c", tryDisk]);
  return conclude("that mount a disk", install, mounted ?? run("xfs_io", ["-V"]));
}

/** The same for strace, which makes a system call fail. */
export function findStrace(): Found {
  const failure = run("strace", ["-f", "-e", "inject=fdatasync:error=EIO", "true"]);
  return conclude(
    "that make a system call fail",
    "They need strace (on Debian the package strace) and ptrace",
    failure,
  );
}

/** The same for prlimit, which sets how many files a process may have open. */
export function findPrlimit(): Found {
  const needs = "They need Linux and prlimit (on Debian the package util-linux)";
  return conclude("that run out of open files", needs, run("prlimit", ["--nofile=256:256", "true"]));
}

function run(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function conclude(what: string, needs: string, failure: string | undefined): Found {
  if (failure === undefined) return { isMissing: false };
  const message = `Tests ${what} cannot run: ${failure}. ${needs}.`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return { isMissing: true };
}
