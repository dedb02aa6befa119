import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const mib = 2 ** 20;

/** A file system of its own, small enough to be filled, that can be made to fail. */
export interface SmallDisk {
  /** Where a data directory can be. */
  readonly directory: string;
  /** Takes all space that is left, to the last byte. Resolves to what gives it back. */
  fill(): Promise<() => Promise<void>>;
  /** ext4: what the kernel does when it finds the file system in disorder. Until the next `remount`. */
  makeReadOnly(): Promise<void>;
  /** ext4: what has not reached the disk is lost, and everything fails from now on. Until the next `remount`. */
  cutOff(): Promise<void>;
  /** Unmounts and mounts. Nobody may have a file open. */
  remount(options?: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function mountSmallDisk(kind: "ext4" | "tmpfs", sizeMib: number): Promise<SmallDisk> {
  await removeLeftovers();
  const scratch = await mkdtemp(join(tmpdir(), `stave-disk-${process.pid}-`));
  const [image, disk] = [join(scratch, "image"), join(scratch, "disk")];
  await mkdir(disk);
  if (kind === "ext4") {
    const file = await open(image, "w");
    await file.truncate(sizeMib * mib);
    await file.close();
    // Nothing is set aside for root, who runs this.
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", "-e", "remount-ro", image]);
  }
  const mount = (options = "rw") =>
    kind === "tmpfs"
      ? run("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}M`, "tmpfs", disk])
      : run("mount", ["-o", `loop,errors=remount-ro,${options}`, image, disk]);
  await mount();
  // A test that times out must not leave it mounted.
  const unmountNow = () => void spawnSync("umount", ["--lazy", disk]);
  process.once("exit", unmountNow);

  return {
    directory: join(disk, "data"),
    async fill() {
      const path = join(disk, "filler");
      for (const chunk of [mib, 4096, 1]) await appendUntilFull(path, chunk);
      return () => rm(path, { force: true });
    },
    async makeReadOnly() {
      const { stdout } = await run("findmnt", ["-n", "-o", "SOURCE", disk]);
      const trigger = `/sys/fs/ext4/${basename(stdout.trim())}/trigger_fs_error`;
      await writeFile(trigger, "1").catch(() => {}); // it answers with the error that it has made
    },
    cutOff: async () => void (await run("xfs_io", ["-x", "-c", "shutdown", disk])),
    async remount(options) {
      await unmount(disk);
      await mount(options);
    },
    async [Symbol.asyncDispose]() {
      await unmount(disk).catch(unmountNow);
      process.off("exit", unmountNow);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Of test runs that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^stave-disk-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const scratch = join(tmpdir(), name);
    spawnSync("umount", ["--lazy", join(scratch, "disk")]);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function appendUntilFull(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, "a");
  try {
    for (;;) await file.write(Buffer.alloc(sizeBytes, 1));
  } catch {
    return; // that it is full is what was wanted
  } finally {
    await file.sync().catch(() => {});
    await file.close();
  }
}

/** The last files of a killed process may be closed a moment after it is gone. */
async function unmount(path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run("umount", [path]);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(20);
    }
  }
}
