import { readFile } from "node:fs/promises";

/** A process with the moment it was started, so that another one that got its number later is not taken for it. */
export type ProcessMark = { readonly pid: number; readonly startedAt: string };

export async function markProcess(pid: number): Promise<ProcessMark> {
  return { pid, startedAt: (await startOf(pid)) ?? "gone" };
}

export async function isSameProcess({ pid, startedAt }: ProcessMark): Promise<boolean> {
  return (await startOf(pid)) === startedAt;
}

/** Sends SIGKILL to all processes of a group, and says whether there were any. */
export function killGroup(leader: number): boolean {
  try {
    process.kill(-leader, "SIGKILL");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat, with the boot it counts from. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The second field is the name, in parentheses, and may hold anything.
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}
