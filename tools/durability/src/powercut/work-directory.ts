import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HarnessError } from "../harness-error.ts";
import { unmountBelow } from "./device.ts";
import { isSameProcess, killGroup, markProcess, type ProcessMark } from "./process-group.ts";

const prefix = "run-";
const ownerFile = "owner.json";

/** A folder of one run, which knows whose it is and which servers were started for it. */
export interface WorkDirectory {
  readonly path: string;
  /** Kept on the disk, so that the next run can end a server whose harness was killed. */
  addServer(pid: number): Promise<void>;
  remove(): Promise<void>;
}

type Owner = { readonly harness: ProcessMark; readonly servers: readonly ProcessMark[] };

/** Cleans up what killed runs left in the folder, then creates a folder for this one in it. */
export async function createWorkDirectory(parent: string): Promise<WorkDirectory> {
  await mkdir(parent, { recursive: true });
  const root = await realpath(parent);
  // Paths are put into the command line of the server as they are.
  if (!/^[\w./-]+$/.test(root)) {
    throw new HarnessError("usage", `Expected --work-dir to have only letters, digits and ._-/ in it, got ${root}`);
  }
  await removeLeftovers(root);
  const path = await mkdtemp(join(root, prefix));
  const harness = await markProcess(process.pid);
  let servers: ProcessMark[] = [];
  // Put in place whole: a run that is killed while it writes would leave a folder that nobody knows the owner of.
  const save = async () => {
    const newFile = join(path, `${ownerFile}.new`);
    await writeFile(newFile, JSON.stringify({ harness, servers } satisfies Owner));
    await rename(newFile, join(path, ownerFile));
  };
  await save();

  return {
    path,
    async addServer(pid) {
      const mark = await markProcess(pid);
      servers = [...servers.slice(-20), mark];
      await save();
    },
    async remove() {
      await unmountBelow(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Only folders that a run has made, and whose run is over, are touched. Resolves to how many there were. */
export async function removeLeftovers(root: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const owner = name.startsWith(prefix) ? await readOwner(path) : undefined;
    if (owner === undefined || (await isSameProcess(owner.harness))) continue;
    for (const server of owner.servers) {
      if (await isSameProcess(server)) killGroup(server.pid);
    }
    await unmountBelow(path);
    await rm(path, { recursive: true, force: true });
    count += 1;
  }
  return count;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(join(path, ownerFile), "utf8")) as Owner;
  } catch {
    // Not ours, or its run ended before anything was mounted.
    return undefined;
  }
}
