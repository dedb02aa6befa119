/** What a container may use at most. Null: as much as there is. */
export type ResourceLimits = {
  readonly memoryBytes: number | null;
  /** Beyond the memory. Null: none; without a memory limit there is no swap limit either. */
  readonly swapExtraBytes: number | null;
  /** 1.5: one and a half cores. */
  readonly cpuCores: number | null;
  /** Processes and threads. */
  readonly pids: number | null;
  /** Of /dev/shm. Null: Docker's own, 64 MiB. Set when a container is created, and not changed after. */
  readonly shmBytes: number | null;
};

export type LimitField = keyof ResourceLimits;

/** In the order in which people are asked for them. */
export const limitFields = [
  "memoryBytes",
  "swapExtraBytes",
  "cpuCores",
  "pids",
  "shmBytes",
] as const satisfies readonly LimitField[];

export const unlimited: ResourceLimits = {
  memoryBytes: null,
  swapExtraBytes: null,
  cpuCores: null,
  pids: null,
  shmBytes: null,
};

/** What the machine has, from `docker info`: `MemTotal`, `NCPU`. */
export type Host = { readonly memoryBytes: number; readonly cpuCores: number };
