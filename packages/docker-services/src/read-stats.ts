import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import { type CallOptions, containerPath } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";

export interface ContainerStats {
  /** 100 for each core that was busy: 150 is one and a half. */
  readonly cpuPercent: number;
  readonly onlineCpus: number;
  /** Without what the kernel would give back at once. */
  readonly memoryBytes: number;
  /** The limit, or what the machine has. */
  readonly memoryLimitBytes: number;
  readonly memoryPercent: number;
  /** Processes and threads. */
  readonly pids: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export type StatsResult =
  | { readonly id: string; readonly outcome: "sampled"; readonly stats: ContainerStats }
  | { readonly id: string; readonly outcome: "missing" | "stopped" }
  | { readonly id: string; readonly outcome: "failed"; readonly error: DockerServicesError };

/** The last sample of each container, to which the next one is compared. */
export type StatsSamples = Map<string, { readonly at: number; readonly cpu: CpuSample }>;

/**
 * What containers use now, all of them asked at once. Who was not asked in the last minute takes a second, since there is nothing to
 * compare with; after that an engine from version 23 on answers in milliseconds.
 */
export async function readStats(
  context: EngineContext,
  ids: readonly string[],
  { samples, ...options }: CallOptions & { readonly samples: StatsSamples },
): Promise<readonly StatsResult[]> {
  for (const [id, { at }] of samples) if (context.now() - at > sampleMaxAgeMs) samples.delete(id);
  return Promise.all(ids.map((id) => readOne(context, id, samples, options)));
}

const sampleMaxAgeMs = 60_000;

type CpuSample = {
  readonly cpu_usage: { readonly total_usage: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
};

type RawStats = {
  readonly cpu_stats?: CpuSample;
  readonly precpu_stats?: CpuSample;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats?: { readonly current?: number };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
};

async function readOne(
  context: EngineContext,
  id: string,
  samples: StatsSamples,
  options: CallOptions,
): Promise<StatsResult> {
  try {
    const before = samples.get(id)?.cpu;
    const query = { stream: "0", ...(before && { "one-shot": "1" }) };
    const raw = await context.client.request<RawStats>("GET", `${containerPath(id)}/stats`, { query, ...options });
    const { cpu_stats: cpu, memory_stats: memory } = raw;
    // Of a container that does not run everything is empty.
    if (cpu?.system_cpu_usage === undefined || memory?.usage === undefined) {
      samples.delete(id);
      return { id, outcome: "stopped" };
    }
    samples.set(id, { at: context.now(), cpu });
    return { id, outcome: "sampled", stats: toStats(raw, cpu, before ?? raw.precpu_stats) };
  } catch (error) {
    if (hasCode(error, "ContainerNotFound")) return { id, outcome: "missing" };
    if (error instanceof DockerServicesError) return { id, outcome: "failed", error };
    throw error;
  }
}

function toStats(raw: RawStats, cpu: CpuSample, before: CpuSample | undefined): ContainerStats {
  const { memory_stats: memory = {}, networks = {}, blkio_stats: blkio } = raw;
  const onlineCpus = cpu.online_cpus ?? 1;
  const memoryBytes = usedMemory(raw);
  const memoryLimitBytes = memory.limit ?? 0;
  const disk = (op: string) =>
    (blkio?.io_service_bytes_recursive ?? [])
      .filter((it) => it.op.toLowerCase() === op)
      .reduce((sum, it) => sum + it.value, 0);
  const interfaces = Object.values(networks);
  return {
    cpuPercent: cpuPercent(cpu, before, onlineCpus),
    onlineCpus,
    memoryBytes,
    memoryLimitBytes,
    memoryPercent: memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : 0,
    pids: raw.pids_stats?.current ?? 0,
    receivedBytes: interfaces.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    sentBytes: interfaces.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
    readBytes: disk("read"),
    writtenBytes: disk("write"),
  };
}

function cpuPercent(now: CpuSample, before: CpuSample | undefined, onlineCpus: number): number {
  const used = now.cpu_usage.total_usage - (before?.cpu_usage.total_usage ?? 0);
  const passed = (now.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  // After a restart the counter begins again.
  return before?.system_cpu_usage === undefined || used < 0 || passed <= 0 ? 0 : (used / passed) * onlineCpus * 100;
}

/** cgroup v1 says `total_inactive_file`, v2 `inactive_file`. */
function usedMemory({ memory_stats: { usage = 0, stats = {} } = {} }: RawStats): number {
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}
