import { formatByteSize, type LimitField, type ResourceLimits } from "@stave/resource-limits";

const mib = 1024 ** 2;

/** As the API says them: in Docker's numbers, where swap is the total. */
export function showLimits({ memoryBytes, swapExtraBytes, cpuCores, shmBytes }: ResourceLimits) {
  return {
    memory_mb: memoryBytes === null ? null : memoryBytes / mib,
    memory_swap_mb: memoryBytes === null ? null : (memoryBytes + (swapExtraBytes ?? 0)) / mib,
    nano_cpus: cpuCores === null ? null : Math.round(cpuCores * 1e9),
    cpu_shares: null,
    shm_size_mb: shmBytes === null ? null : shmBytes / mib,
  };
}

export const limitNames = {
  memoryBytes: "memory_mb",
  swapExtraBytes: "memory_swap_mb",
  cpuCores: "nano_cpus",
  pids: "pids",
  shmBytes: "shm_size_mb",
} as const satisfies Readonly<Record<LimitField, string>>;

/** For the audit log: each value, or that there is none. */
export function describeLimits({ memoryBytes, swapExtraBytes, cpuCores, shmBytes }: ResourceLimits) {
  const size = (sizeBytes: number | null) => (sizeBytes === null ? "unlimited" : formatByteSize(sizeBytes));
  return {
    memory: size(memoryBytes),
    swap: memoryBytes === null ? "unlimited" : size(swapExtraBytes ?? 0),
    cpu: cpuCores === null ? "unlimited" : `${cpuCores} cores`,
    shm: size(shmBytes),
  };
}
