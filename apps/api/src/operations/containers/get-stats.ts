import type { ContainerRecord } from "@stave/control-database";
import type { UseSample } from "../../containers/container-use.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { findContained } from "./find-container.ts";

export function getServiceStats(context: OperationContext): Handler<"getServiceStats"> {
  return async ({ params: { id } }) => {
    const found = await findContained(context, id);
    if (found === undefined) return { status: 200, body: { service_id: id, topology: "none", members: [] } };
    const { container } = found;
    const sample =
      container.containerId === undefined ? undefined : await context.containerUse.read(container.containerId);
    return { status: 200, body: { service_id: id, topology: "standalone", members: [showMember(container, sample)] } };
  };
}

function showMember({ role, containerName }: ContainerRecord, sample: UseSample | undefined) {
  const result = sample?.result ?? { outcome: "missing" as const };
  const stats = result.outcome === "sampled" ? result.stats : undefined;
  return {
    role,
    container_name: containerName,
    outcome: result.outcome,
    error: result.outcome === "failed" ? result.error.message : null,
    sampled_at: stats === undefined ? null : (sample?.at.toISOString() ?? null),
    cpu_percent: rounded(stats?.cpuPercent),
    online_cpus: stats?.onlineCpus ?? null,
    memory_usage_bytes: stats?.memoryBytes ?? null,
    memory_limit_bytes: stats?.memoryLimitBytes ?? null,
    memory_percent: rounded(stats?.memoryPercent),
    pids: stats?.pids ?? null,
    network_received_bytes: stats?.receivedBytes ?? null,
    network_sent_bytes: stats?.sentBytes ?? null,
    disk_read_bytes: stats?.readBytes ?? null,
    disk_written_bytes: stats?.writtenBytes ?? null,
  };
}

function rounded(percent: number | undefined): number | null {
  return percent === undefined ? null : Math.round(percent * 100) / 100;
}
