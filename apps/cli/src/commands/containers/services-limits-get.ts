import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { resolveService } from "../services/resolve-service.ts";
import { formatLimits, onlyMember, type RuntimeMember } from "./format-limits.ts";
import type { servicesLimitsGet } from "./index.ts";

export const run: RunOf<typeof servicesLimitsGet> = async (invocation) => {
  const { api, output } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body } = await client.call("get /api/external-services/{id}/runtime", { params: { id } });
  const member = onlyMember(body);
  const { configured_limits, resource_limits, drift, drift_fields } = member;
  output.result({ service_id: id, configured_limits, resource_limits, drift, drift_fields }, () => describe(member));
  if (drift) output.warn(`What is in force is not what is configured: ${drift_fields.join(", ")}.`);
};

const names = { memory: "memory", swap: "swap", cpus: "cpu", shm: "/dev/shm" } as const;

function describe({ configured_limits, resource_limits }: RuntimeMember): string {
  const configured = formatLimits(configured_limits);
  const applied = resource_limits === null ? undefined : formatLimits(resource_limits);
  const keys = ["memory", "swap", "cpus", "shm"] as const;
  return formatTable(keys, [
    { title: "LIMIT", of: (key) => names[key] },
    { title: "CONFIGURED", of: (key) => configured[key] },
    { title: "IN FORCE", of: (key) => applied?.[key] ?? "no container" },
  ]);
}
