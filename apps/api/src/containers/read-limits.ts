import type { ResourceLimits } from "@stave/resource-limits";
import { Problem } from "../http/problem.ts";

const mib = 1024 ** 2;

/** As requests say them: swap is the total of memory and swap. */
export type LimitsInput = {
  readonly memory_mb?: number | null | undefined;
  readonly memory_swap_mb?: number | null | undefined;
  readonly nano_cpus?: number | null | undefined;
  readonly shm_size_mb?: number | null | undefined;
};

/** Throws a {@link Problem} for a total that is less than its part. */
export function readLimits({ memory_mb, memory_swap_mb, nano_cpus, shm_size_mb }: LimitsInput): ResourceLimits {
  const refuse = (message: string): never => {
    const errors = [{ pointer: "/parameters/memory_swap_mb", code: "invalid_value", message }];
    throw new Problem("INVALID_REQUEST", { detail: message, errors });
  };
  if (memory_swap_mb != null && memory_mb == null)
    refuse("memory_swap_mb is memory and swap together: name memory_mb, too.");
  if (memory_swap_mb != null && memory_mb != null && memory_swap_mb < memory_mb) {
    refuse("memory_swap_mb is memory and swap together: it cannot be less than memory_mb.");
  }
  const swapMb = memory_swap_mb != null && memory_mb != null ? memory_swap_mb - memory_mb : 0;
  return {
    memoryBytes: memory_mb == null ? null : memory_mb * mib,
    swapExtraBytes: swapMb === 0 ? null : swapMb * mib,
    cpuCores: nano_cpus == null ? null : nano_cpus / 1e9,
    pids: null,
    shmBytes: shm_size_mb == null ? null : shm_size_mb * mib,
  };
}
