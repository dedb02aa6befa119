import { constants, copyFile, mkdir, open, readFile, rename, rm, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../harness-error.ts";
import type { Filesystem } from "../requirements.ts";
import { findMounts } from "./find-mounts.ts";
import { runCommand } from "./run-command.ts";

export interface DeviceOptions {
  /** Empty, and for this alone. */
  readonly directory: string;
  readonly imageMib: number;
}

/** The disk whose power can be cut: an image inside a file system that can copy it in an instant. */
export interface Device {
  /** Makes a new file system on the disk and mounts it; resolves to its mount point. */
  format(filesystem: Filesystem): Promise<string>;
  /** Everything that was written to the file system goes to the disk. */
  flush(): Promise<void>;
  /** Copies what has reached the disk, as of one moment. */
  cut(): Promise<void>;
  /** Mounts the copy, whose journal is replayed; resolves to its mount point. */
  mountCopy(): Promise<string>;
  removeCopy(): Promise<void>;
  /** Puts the copy in the place of the disk and mounts it, as after a restart; resolves to its mount point. */
  restoreCopy(): Promise<string>;
  /** From 0 to 1, of the mounted file system. */
  fullness(): Promise<number>;
  /** Unmounts the disk. */
  unmount(): Promise<void>;
}

const mib = 1024 ** 2;

/** Creates the outer file system. All that is ever mounted lies below the directory: see {@link unmountBelow}. */
export async function createDevice({ directory, imageMib }: DeviceOptions): Promise<Device> {
  const [outer, inner, copy] = ["outer", "inner", "copy"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const disk = join(outer, "disk.img");
  const copied = join(outer, "copy.img");
  const outerImage = join(directory, "outer.img");
  let filesystem: Filesystem = "ext4";

  for (const path of [outer, inner, copy]) await mkdir(path, { recursive: true });
  // Room for the disk, for what its copy changes, and for the journal.
  await createImage(outerImage, 2 * imageMib + 1024);
  await runCommand("mkfs.xfs", ["-q", "-f", "-m", "reflink=1", outerImage]);
  await runCommand("mount", ["-t", "xfs", "-o", "loop", outerImage, outer]);

  return {
    async format(wanted) {
      filesystem = wanted;
      await rm(disk, { force: true });
      await createImage(disk, imageMib);
      await runCommand(`mkfs.${filesystem}`, ["-q", filesystem === "ext4" ? "-F" : "-f", disk]);
      await runCommand("mount", ["-t", filesystem, "-o", "loop", disk, inner]);
      return inner;
    },
    flush: async () => void (await runCommand("sync", ["-f", inner])),
    async cut() {
      try {
        // `cp --reflink=always`: XFS holds writers off the file until all of it is shared, so this is one moment.
        await copyFile(disk, copied, constants.COPYFILE_FICLONE_FORCE);
      } catch (cause) {
        throw new HarnessError("requirement", "The outer XFS cannot copy by reference (reflink).", { cause });
      }
    },
    async mountCopy() {
      // Both file systems have the same UUID, which XFS refuses unless told otherwise; btrfs takes it from Linux 6.7 on.
      await runCommand("mount", ["-t", filesystem, "-o", filesystem === "xfs" ? "loop,nouuid" : "loop", copied, copy]);
      await expectBacking(copy, copied);
      return copy;
    },
    async removeCopy() {
      await unmountBelow(copy);
      await rm(copied, { force: true });
    },
    async restoreCopy() {
      await unmountBelow(inner);
      await rename(copied, disk);
      await runCommand("mount", ["-t", filesystem, "-o", "loop", disk, inner]);
      await expectBacking(inner, disk);
      return inner;
    },
    async fullness() {
      const { blocks, bavail } = await statfs(inner);
      return 1 - bavail / blocks;
    },
    unmount: () => unmountBelow(inner),
  };
}

/** Unmounts everything at or below the path, the innermost first; the loop devices go with their mounts. */
export async function unmountBelow(path: string): Promise<void> {
  let failure: unknown;
  for (const { mountPoint } of (await findMounts(path)).toReversed()) {
    try {
      await unmount(mountPoint);
    } catch (error) {
      failure = error;
      // Nothing of ours may stay visible, even if a process that left its group still holds a file in it.
      await runCommand("umount", ["--lazy", mountPoint]);
    }
  }
  if (failure !== undefined) throw failure;
}

/** The last files of a killed process may be closed a moment after it is gone. */
async function unmount(mountPoint: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runCommand("umount", [mountPoint]);
      return;
    } catch (error) {
      if (attempt === 300) throw error;
      await delay(20);
    }
  }
}

/** What is judged must be the copy, and never the disk it was taken from. */
async function expectBacking(mountPoint: string, image: string): Promise<void> {
  const [mount] = await findMounts(mountPoint);
  const backing = await readFile(join("/sys/block", basename(mount?.source ?? "none"), "loop/backing_file"), "utf8");
  if (backing.trim() !== image)
    throw new HarnessError("device", `Expected ${image} to be mounted, got ${backing.trim()}`);
}

async function createImage(path: string, sizeMib: number): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.truncate(sizeMib * mib);
  } finally {
    await file.close();
  }
}
