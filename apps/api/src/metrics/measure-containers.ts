import type { ContainerRecord } from "@stave/control-database";
import { lookAtContainer } from "../containers/look-at-container.ts";
import type { OperationContext } from "../context.ts";
import { withDeadline } from "../process/with-deadline.ts";

/** What is measured of one service at a moment. */
export type Measured = Readonly<Record<string, number>>;

type Context = Pick<OperationContext, "containerUse" | "docker" | "installation" | "logger" | "now">;

const diskEveryMs = 10 * 60_000;
const patienceMs = 10_000;
const diskPatienceMs = 30_000;

export type ContainerMeter = (
  rows: readonly ContainerRecord[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<number, Measured>>;

/** Measures containers, all of them at once. What cannot be known is left out. */
export function createContainerMeter(context: Context): ContainerMeter {
  const disks = new Map<string, { readonly askedMs: number; readonly sizeBytes: number | undefined }>();

  /** Docker counts the files of all volumes for it. */
  const diskOf = async (volume: string, stopped: AbortSignal): Promise<number | undefined> => {
    const known = disks.get(volume);
    if (known !== undefined && performance.now() - known.askedMs < diskEveryMs) return known.sizeBytes;
    disks.set(volume, { askedMs: performance.now(), sizeBytes: known?.sizeBytes });
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(diskPatienceMs)]);
    const sizeBytes = await context.docker.volumeSize(volume, { signal }).catch(() => undefined);
    disks.set(volume, { askedMs: performance.now(), sizeBytes });
    return sizeBytes;
  };
  const measure = async (row: ContainerRecord, stopped: AbortSignal): Promise<Measured> => {
    const [seen, disk] = await Promise.all([
      withDeadline(patienceMs, (late) =>
        lookAtContainer(context, row, AbortSignal.any([stopped, late])).catch(() => undefined),
      ),
      row.volume === undefined ? undefined : diskOf(row.volume, stopped),
    ]);
    const measured = { ...(disk !== undefined && { disk_bytes: disk }) };
    if (seen?.state !== "running") return measured;
    const { result } = await context.containerUse.read(seen.id);
    const uptimeMs = context.now().getTime() - (seen.startedAt?.getTime() ?? 0);
    const uptime = seen.startedAt === undefined ? {} : { uptime_seconds: Math.max(0, Math.round(uptimeMs / 1000)) };
    if (result.outcome !== "sampled") return { ...measured, ...uptime };
    const { cpuPercent, memoryBytes, memoryPercent } = result.stats;
    return {
      ...measured,
      ...uptime,
      cpu_percent: cpuPercent,
      cpu_percent_max: cpuPercent,
      memory_bytes: memoryBytes,
      memory_bytes_max: memoryBytes,
      memory_percent: memoryPercent,
    };
  };
  return async (rows, signal) => {
    const volumes = new Set(rows.map(({ volume }) => volume));
    for (const name of disks.keys()) if (!volumes.has(name)) disks.delete(name);
    return new Map(await Promise.all(rows.map(async (row) => [row.serviceId, await measure(row, signal)] as const)));
  };
}
