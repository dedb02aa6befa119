import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { findClient } from "./find-client.ts";

const run = promisify(execFile);
const mib = 2 ** 20;

/** An ext4 of its own, small enough to be filled, that can be made to fail. */
export interface SmallDisk {
  /** Where a data directory can be. */
  readonly directory: string;
  /** Takes all space that is left, to the last byte. */
  fill(): Promise<void>;
  /** What the kernel does when it finds a file system in disorder. */
  makeReadOnly(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const tryDisk = `
set -e
scratch=$(mktemp -d)
trap 'umount "$scratch/disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir "$scratch/disk"
truncate -s 8M "$scratch/image"
mkfs.ext4 -q -F "$scratch/image"
mount -o loop "$scratch/image" "$scratch/disk"
`;

/** Looks whether this machine can mount disks of its own; see {@link findClient} for what happens where it cannot. */
export function findDisks(): { readonly isMissing: boolean } {
  const install = "mount and e2fsprogs, on Linux with loop devices, and run the tests as root";
  return findClient({ command: "sh", probe: ["-c", tryDisk], install });
}

export async function mountSmallDisk(sizeMib: number): Promise<SmallDisk> {
  const scratch = await mkdtemp(join(tmpdir(), `stave-disk-${process.pid}-`));
  const [image, disk] = [join(scratch, "image"), join(scratch, "disk")];
  await mkdir(disk);
  const file = await open(image, "w");
  await file.truncate(sizeMib * mib);
  await file.close();
  // Nothing is set aside for root, who runs this.
  await run("mkfs.ext4", ["-q", "-F", "-m", "0", "-e", "remount-ro", image]);
  await run("mount", ["-o", "loop,errors=remount-ro", image, disk]);
  // Lazily: a server that a failed test has killed may close its last files a moment later.
  const unmount = () => void spawnSync("umount", ["--lazy", disk]);
  process.once("exit", unmount);

  return {
    directory: join(disk, "data"),
    async fill() {
      for (const sizeBytes of [mib, 4096, 1]) await appendUntilFull(join(disk, "filler"), sizeBytes);
    },
    async makeReadOnly() {
      const { stdout } = await run("findmnt", ["-n", "-o", "SOURCE", disk]);
      const trigger = `/sys/fs/ext4/${basename(stdout.trim())}/trigger_fs_error`;
      await writeFile(trigger, "1").catch(() => {}); // it answers with the error that it has made
    },
    async [Symbol.asyncDispose]() {
      unmount();
      process.off("exit", unmount);
      await rm(scratch, { recursive: true, force: true });
    },
  };
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
