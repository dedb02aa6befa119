import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Device } from "../powercut/device.ts";
import type { Filesystem } from "../requirements.ts";

/** Where the store lives, and what a crash leaves of it. */
export interface Machine {
  /** A new, empty data directory. */
  fresh(): Promise<string>;
  /** Cuts the power: what is on the disk now is what will be there. Absent where only processes crash. */
  readonly cut?: () => Promise<void>;
  /** After the crash; resolves to the data directory as it has left it. */
  restart(): Promise<string>;
  /** Whether it is time for a fresh directory. */
  isFull(): Promise<boolean>;
}

/** A folder; what a process has written stays, as it does in the page cache. */
export function createFolderMachine(parent: string): Machine {
  let directory: string | undefined;
  return {
    async fresh() {
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
      directory = await mkdtemp(join(parent, "data-"));
      return directory;
    },
    restart: async () => directory ?? "",
    isFull: async () => false,
  };
}

const fullest = 0.5;

/** A disk of its own, which has after a cut only what was on the device. */
export function createPowerMachine(device: Device, filesystem: Filesystem): Machine {
  return {
    async fresh() {
      await device.unmount();
      const directory = join(await device.format(filesystem), "data");
      await mkdir(directory, { mode: 0o700 });
      // This folder is the harness's own doing.
      await device.flush();
      return directory;
    },
    cut: () => device.cut(),
    restart: async () => join(await device.restoreCopy(), "data"),
    isFull: async () => (await device.fullness()) > fullest,
  };
}
