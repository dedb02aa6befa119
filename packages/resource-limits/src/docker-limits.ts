import { type Host, type ResourceLimits, unlimited } from "./resource-limits.ts";

// The numbers of the Docker Engine API: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container

/** The limits in `HostConfig`, as a container is created or inspected with them. */
export type DockerLimits = {
  readonly Memory?: number;
  /** Memory and swap together. */
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  readonly PidsLimit?: number | null;
  readonly ShmSize?: number;
};

/** What `POST /containers/{id}/update` takes. */
export type DockerUpdate = Required<Pick<DockerLimits, "Memory" | "MemorySwap" | "NanoCpus">> & {
  readonly PidsLimit: number;
};

const nanoCpus = 1e9;

/** For creating a container: what is unlimited is left out. Memory and swap go together, else Docker allows as much swap again. */
export function toDockerLimits({
  memoryBytes,
  swapExtraBytes,
  cpuCores,
  pids,
  shmBytes,
}: ResourceLimits): DockerLimits {
  return {
    ...(memoryBytes !== null && { Memory: memoryBytes, MemorySwap: memoryBytes + (swapExtraBytes ?? 0) }),
    ...(cpuCores !== null && { NanoCpus: Math.round(cpuCores * nanoCpus) }),
    ...(pids !== null && { PidsLimit: pids }),
    ...(shmBytes !== null && { ShmSize: shmBytes }),
  };
}

/**
 * For changing a running container. Docker ignores zeros silently and mishandles -1, so that no limit is said as all that the
 * host has; see `planChange` for what this cannot do.
 */
export function toDockerUpdate(
  { memoryBytes, swapExtraBytes, cpuCores, pids }: ResourceLimits,
  host: Host,
): DockerUpdate {
  const memory = memoryBytes ?? host.memoryBytes;
  return {
    Memory: memory,
    MemorySwap: memory + (memoryBytes === null ? 0 : (swapExtraBytes ?? 0)),
    NanoCpus: Math.round((cpuCores ?? host.cpuCores) * nanoCpus),
    PidsLimit: pids ?? -1,
  };
}

/** What a container that was inspected is limited to. Zero, and all that the host has, is no limit. */
export function fromDockerLimits(limits: DockerLimits, host: Host): ResourceLimits {
  const { Memory = 0, MemorySwap = 0, NanoCpus = 0, PidsLimit, ShmSize = 0 } = limits;
  const isMemoryLimited = Memory > 0 && Memory < host.memoryBytes;
  return {
    ...unlimited,
    ...(isMemoryLimited && { memoryBytes: Memory }),
    ...(isMemoryLimited && MemorySwap > Memory && { swapExtraBytes: MemorySwap - Memory }),
    ...(NanoCpus > 0 && NanoCpus < host.cpuCores * nanoCpus && { cpuCores: NanoCpus / nanoCpus }),
    ...(typeof PidsLimit === "number" && PidsLimit > 0 && { pids: PidsLimit }),
    ...(ShmSize > 0 && ShmSize !== dockerShmBytes && { shmBytes: ShmSize }),
  };
}

const dockerShmBytes = 64 * 1024 ** 2;
