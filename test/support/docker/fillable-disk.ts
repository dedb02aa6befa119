import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";

const mib = 2 ** 20;

/** An ext4 of its own. */
export interface FillableDisk {
  /** Takes all space that is left, to the last byte. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** Mounts a small disk at `data` in the folder of a dockerd; it goes when the mount does. */
export function mountDisk(directory: string, sizeMib: number): FillableDisk {
  const [image, data] = [join(directory, "disk.image"), join(directory, "data")];
  closeSync(openSync(image, "w"));
  truncateSync(image, sizeMib * mib);
  // Nothing is set aside for root, who runs dockerd.
  execFileSync("mkfs.ext4", ["-q", "-F", "-m", "0", image]);
  execFileSync("mount", ["-o", "loop", image, data]);
  const filler = join(data, "filler");
  return {
    fill() {
      for (const sizeBytes of [mib, 4096, 1]) appendUntilFull(filler, sizeBytes);
    },
    free: () => rmSync(filler, { force: true }),
  };
}

function appendUntilFull(path: string, sizeBytes: number): void {
  const file = openSync(path, "a");
  const bytes = Buffer.alloc(sizeBytes, 1);
  try {
    while (writeSync(file, bytes) === sizeBytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(file);
  }
}
