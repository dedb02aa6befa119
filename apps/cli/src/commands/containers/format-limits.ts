import type { CallAnswer, Routes } from "@stave/api-contract";
import { CliError } from "../../command/cli-error.ts";
import { formatBytes } from "../../output/format-values.ts";

export type Runtime = CallAnswer<Routes["getServiceRuntime"]>["body"];
export type RuntimeMember = Runtime["members"][number];
export type Limits = RuntimeMember["configured_limits"];

const mib = 1024 ** 2;

/** As people say it: swap is what comes on top of the memory. */
export function formatLimits({ memory_mb, memory_swap_mb, nano_cpus, shm_size_mb }: Limits) {
  return {
    memory: memory_mb === null ? "unlimited" : formatBytes(memory_mb * mib),
    swap: formatSwap(memory_mb, memory_swap_mb),
    cpus: nano_cpus === null ? "unlimited" : `${nano_cpus / 1e9} cores`,
    shm: shm_size_mb === null ? "as Docker has it" : formatBytes(shm_size_mb * mib),
  };
}

function formatSwap(memory: number | null, total: number | null): string {
  if (memory === null) return "as the machine has it";
  const extra = (total ?? memory) - memory;
  return extra <= 0 ? "none" : `${formatBytes(extra * mib)} on top`;
}

/** The container of a service. Throws `NotSupported` for what runs in none. */
export function onlyMember<Member>({ members }: { readonly members: readonly Member[] }): Member {
  const [member] = members;
  if (member !== undefined) return member;
  throw new CliError("NotSupported", "The service runs in no container of this Stave.", {
    why: "Limits, logs and the like are of services that run in one: rustfs, minio and custom.",
    next: ["stave services list"],
  });
}
