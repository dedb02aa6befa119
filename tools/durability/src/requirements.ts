import { accessSync, constants, existsSync } from "node:fs";
import { release } from "node:os";
import { delimiter, join } from "node:path";

export const filesystems = ["ext4", "xfs", "btrfs"] as const;
export type Filesystem = (typeof filesystems)[number];

export interface RequirementsOptions {
  readonly filesystems: readonly Filesystem[];
  readonly needsEatmydata: boolean;
  /** @default process.env.PATH and where administrators' programs are */
  readonly path?: string;
  /** @default that of this process */
  readonly userId?: number;
  /** Of the kernel. @default the running one */
  readonly kernel?: string;
}

const packageOf = {
  mount: "mount",
  umount: "mount",
  sync: "coreutils",
  "mkfs.ext4": "e2fsprogs",
  "mkfs.xfs": "xfsprogs",
  "mkfs.btrfs": "btrfs-progs",
  eatmydata: "eatmydata",
} as const;

/** What this machine lacks, as sentences that say what to do; empty if everything is there. */
export function findMissing(options: RequirementsOptions): readonly string[] {
  const { userId = process.getuid?.(), kernel = release(), needsEatmydata } = options;
  const path = options.path ?? [process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
  const missing: string[] = [];
  if (process.platform !== "linux") return [`It runs on Linux, and this is ${process.platform}.`];
  if (userId !== 0) missing.push("It mounts file systems: run it as root.");
  if (!existsSync("/dev/loop-control")) {
    missing.push(
      "There are no loop devices: load the kernel module (`modprobe loop`), or give the container /dev/loop*.",
    );
  }
  const programs = ["mount", "umount", "sync", "mkfs.xfs"] as (keyof typeof packageOf)[];
  for (const filesystem of options.filesystems) programs.push(`mkfs.${filesystem}`);
  if (needsEatmydata) programs.push("eatmydata");
  const absent = [...new Set(programs)].filter((program) => !isOnPath(program, path));
  if (absent.length > 0) {
    const packages = [...new Set(absent.map((program) => packageOf[program]))].join(" ");
    missing.push(`Not found: ${absent.join(", ")}. On Debian: apt-get install ${packages}`);
  }
  if (options.filesystems.includes("btrfs") && !isAtLeast(kernel, { major: 6, minor: 7 })) {
    missing.push(
      `Two copies of one btrfs can be mounted together from Linux 6.7 on, and this is ${kernel}: leave btrfs out.`,
    );
  }
  return missing;
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isAtLeast(kernel: string, wanted: { readonly major: number; readonly minor: number }): boolean {
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  return major > wanted.major || (major === wanted.major && minor >= wanted.minor);
}
