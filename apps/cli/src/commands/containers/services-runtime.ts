import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { resolveService } from "../services/resolve-service.ts";
import { formatLimits, onlyMember, type RuntimeMember } from "./format-limits.ts";
import type { servicesRuntime } from "./index.ts";

export const run: RunOf<typeof servicesRuntime> = async (invocation) => {
  const { api, output, now } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body } = await client.call("get /api/external-services/{id}/runtime", { params: { id } });
  const member = onlyMember(body);
  output.result(body, () => formatProperties(describe(member, { now: now(), isAbsolute: output.isAbsolute })));
  if (member.oom_count > 0 && !member.oom_acknowledged) {
    output.warn(`It was killed for want of memory: stave services oom acknowledge ${id}`);
  }
  if (member.drift) output.warn(`It is limited otherwise than configured: ${member.drift_fields.join(", ")}.`);
};

function describe(member: RuntimeMember, time: { readonly now: Date; readonly isAbsolute: boolean }) {
  const { memory, swap, cpus } = formatLimits(member.configured_limits);
  return {
    Container: member.container_name,
    ID: member.container_id?.slice(0, 12),
    Image: member.image,
    Status: member.status ?? "missing: start the service, and it is made again",
    Started: formatTime(member.started_at, time),
    ...(member.finished_at !== null && { Ended: formatTime(member.finished_at, time) }),
    ...(member.exit_code !== null && { "Exit code": member.exit_code }),
    ...(member.error !== null && { Error: member.error }),
    Restarts: `${member.restart_count}, ${member.restart_rate_per_hour} in the last hour`,
    "Killed for want of memory":
      member.oom_count === 0
        ? "never"
        : `${member.oom_count} times, the last ${formatTime(member.last_oom_at, time)}${member.oom_acknowledged ? " (acknowledged)" : ""}`,
    Memory: memory,
    Swap: swap,
    CPU: cpus,
    Drift: member.drift ? member.drift_fields.join(", ") : "none",
  };
}
