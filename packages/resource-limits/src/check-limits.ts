import { formatByteSize } from "./byte-size.ts";
import { type LimitProblem, LimitsError } from "./limits-error.ts";
import type { Host, ResourceLimits } from "./resource-limits.ts";

const mib = 1024 ** 2;

/** Docker's own minimum is 6 MiB, in which nothing runs. */
export const minMemoryBytes = 64 * mib;
/** Below a hundredth of a core the kernel refuses to start the container. */
export const minCpuCores = 0.01;
export const minPids = 16;
const minShmBytes = mib;

export interface CheckLimitsOptions {
  readonly host: Host;
  /** What the program in the container cannot do without. @default 64 MiB */
  readonly minMemoryBytes?: number;
  /** What it uses now: a lower cap would have it killed. */
  readonly usedMemoryBytes?: number;
}

/**
 * Throws a `LimitsError` with everything that this machine, or the program, cannot do: swap without memory, more than the host
 * has, less than the minimum, less than is in use.
 */
export function checkLimits(limits: ResourceLimits, options: CheckLimitsOptions): void {
  const [first, ...others] = findProblems(limits, options);
  if (first !== undefined) throw new LimitsError([first, ...others]);
}

function findProblems(
  { memoryBytes, swapExtraBytes, cpuCores, pids, shmBytes }: ResourceLimits,
  { host, usedMemoryBytes = 0, ...options }: CheckLimitsOptions,
): readonly LimitProblem[] {
  const problems: LimitProblem[] = [];
  const add = (...[field, code, message]: [LimitProblem["field"], LimitProblem["code"], string]): void => {
    problems.push({ field, code, message });
  };
  if (memoryBytes !== null) {
    const minimum = options.minMemoryBytes ?? minMemoryBytes;
    if (memoryBytes < minimum)
      add("memoryBytes", "BelowMinimum", `memory is to be at least ${formatByteSize(minimum)}.`);
    else if (memoryBytes > host.memoryBytes) {
      add(
        "memoryBytes",
        "AboveHost",
        `memory is to be at most the ${formatByteSize(host.memoryBytes)} of this machine.`,
      );
    } else if (memoryBytes < usedMemoryBytes) {
      const used = formatByteSize(usedMemoryBytes);
      add("memoryBytes", "BelowUse", `memory is to be more than the ${used} in use now, or the container is killed.`);
    }
  }
  if (swapExtraBytes !== null && memoryBytes === null) {
    add("swapExtraBytes", "SwapWithoutMemory", "swap needs a memory limit: it is what comes on top of it.");
  }
  if (cpuCores !== null && cpuCores < minCpuCores) {
    add("cpuCores", "BelowMinimum", `cpu is to be at least ${minCpuCores} cores.`);
  }
  if (cpuCores !== null && cpuCores > host.cpuCores) {
    add("cpuCores", "AboveHost", `cpu is to be at most the ${host.cpuCores} cores of this machine.`);
  }
  if (pids !== null && pids < minPids) add("pids", "BelowMinimum", `pids is to be at least ${minPids}.`);
  if (shmBytes !== null && shmBytes < minShmBytes) {
    add("shmBytes", "BelowMinimum", `shm is to be at least ${formatByteSize(minShmBytes)}.`);
  }
  return problems;
}
