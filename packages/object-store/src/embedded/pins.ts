import { readdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blobName, type ManifestRef, readBlobKey } from "./blob-ref.ts";
import { codeOf, isMissing, isNoSpace, isReadOnly } from "./disk-error.ts";
import { type Index, readNumber } from "./open-index.ts";

/**
 * Readers of multipart objects, in all processes: while a pin names a manifest, nobody removes the files of its parts.
 *
 * A pin is a file without content. Who reads creates it first and then looks whether the object still exists; who deletes
 * commits first and then looks for pins. So one of them sees the other.
 */
export interface Pins {
  create(manifest: ManifestRef): Promise<Pin>;
  /** The manifests that somebody reads. */
  pinned(): Promise<PinnedManifests>;
  /** Removes the pins of processes that are gone; resolves with how many there were. */
  removeStale(options: { readonly dryRun: boolean }): Promise<number>;
}

export interface Pin {
  release(): Promise<void>;
}

export interface PinnedManifests {
  has(manifestKey: Buffer): boolean;
}

/**
 * A disk that takes no new file must still be readable. Without a pin an object that is deleted or replaced meanwhile loses its
 * parts under the reader, whose read fails then: it never gets other bytes.
 */
function cannotBeMade(error: unknown): boolean {
  return isNoSpace(error) || isReadOnly(error) || codeOf(error) === "EACCES";
}

const pinName = /^(?<epoch>\d+)-(?<pid>\d+)-\d+-(?<manifest>\d+\.\d+)$/;

export function createPins({
  directory,
  epoch,
  index,
}: {
  readonly directory: string;
  readonly epoch: number;
  readonly index: Index;
}): Pins {
  const pins = join(directory, "pins");
  let created = 0;

  const isLive = (pin: Pinned): boolean =>
    pin.epoch >= index.read(() => readNumber(index, "fence", 0)) && isRunning(pin.pid);

  return {
    async create(manifest) {
      created += 1;
      const path = join(pins, `${epoch}-${process.pid}-${created}-${blobName(manifest)}`);
      try {
        await writeFile(path, "", { flag: "wx", mode: 0o600 });
      } catch (error) {
        if (!cannotBeMade(error)) throw error;
        return { release: async () => {} };
      }
      return { release: () => removePin(path) };
    },
    async pinned() {
      const live = (await readPins(pins)).filter(isLive);
      const manifests = new Set(live.map(({ manifest }) => manifest));
      return { has: (manifestKey) => manifests.has(blobName(readBlobKey(manifestKey))) };
    },
    async removeStale({ dryRun }) {
      const stale = (await readPins(pins)).filter((pin) => !isLive(pin));
      if (!dryRun) await Promise.all(stale.map(({ name }) => removePin(join(pins, name))));
      return stale.length;
    },
  };
}

type Pinned = { readonly name: string; readonly epoch: number; readonly pid: number; readonly manifest: string };

async function readPins(directory: string): Promise<Pinned[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => {
    const { epoch, pid, manifest } = pinName.exec(name)?.groups ?? {};
    if (epoch === undefined || pid === undefined || manifest === undefined) return [];
    return [{ name, manifest, epoch: Number(epoch), pid: Number(pid) }];
  });
}

async function removePin(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // Missing: a sweep took this process for dead. Read-only since it was made: it is stale after the restart.
    if (!isMissing(error) && !isReadOnly(error)) throw error;
  }
}

/** A process id that was given to another process meanwhile only keeps files longer. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
