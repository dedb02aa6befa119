import { setTimeout as sleep } from "node:timers/promises";
import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties, formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import { resolveService } from "../services/resolve-service.ts";
import { onlyMember } from "./format-limits.ts";
import type { servicesStats } from "./index.ts";

type Sample = CallAnswer<Routes["getServiceStats"]>["body"]["members"][number];

export const run: RunOf<typeof servicesStats> = async (invocation) => {
  const { api, options, output, signal } = invocation;
  const { watch, every, count = Number.POSITIVE_INFINITY } = options;
  const client = await api();
  const id = await resolveService(invocation, client);
  if (!watch) {
    const body = await readStats(client, id);
    const member = onlyMember(body);
    return output.result(body, () => formatProperties(describe(member)));
  }
  for (let shown = 0; shown < count; shown += 1) {
    if (shown > 0) await sleep(Math.max(1, every) * 1000, undefined, { signal });
    const member = onlyMember(await readStats(client, id));
    output.item(member, () => row(member, shown === 0));
  }
};

async function readStats({ call }: ApiClient, id: number) {
  const { body } = await call("get /api/external-services/{id}/stats", { params: { id } });
  return body;
}

function describe(sample: Sample) {
  const { container_name, outcome, error, online_cpus, pids } = sample;
  const { memory, cpu } = shorten(sample);
  return {
    Container: container_name,
    State: error === null ? outcome : `${outcome}: ${error}`,
    CPU: cpu === undefined ? null : `${cpu} (100 % is one core, of ${online_cpus ?? "?"})`,
    Memory: memory,
    Processes: pids,
    "Network received": bytes(sample.network_received_bytes),
    "Network sent": bytes(sample.network_sent_bytes),
    "Disk read": bytes(sample.disk_read_bytes),
    "Disk written": bytes(sample.disk_written_bytes),
  };
}

function shorten({ cpu_percent, memory_usage_bytes, memory_limit_bytes, memory_percent }: Sample) {
  return {
    cpu: cpu_percent === null ? undefined : `${cpu_percent.toFixed(1)} %`,
    memory:
      memory_usage_bytes === null
        ? undefined
        : `${formatBytes(memory_usage_bytes)} of ${bytes(memory_limit_bytes) ?? "?"} (${memory_percent?.toFixed(1) ?? "?"} %)`,
  };
}

function bytes(count: number | null): string | null {
  return count === null ? null : formatBytes(count);
}

/** Columns of their own widths would jump from line to line. */
function row(sample: Sample, isFirst: boolean): string {
  const { cpu = "—", memory = "—" } = shorten(sample);
  const cells = [
    { title: "TIME".padEnd(24), value: sample.sampled_at ?? sample.outcome },
    { title: "CPU".padStart(9), value: cpu.padStart(9) },
    { title: "MEMORY".padEnd(34), value: memory },
    { title: "PROCESSES", value: String(sample.pids ?? "—") },
  ];
  const table = formatTable(
    [cells],
    cells.map(({ title }, at) => ({ title, of: (all: typeof cells) => all[at]?.value })),
  );
  return isFirst ? table : table.slice(table.indexOf("\n") + 1);
}
