import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatSeconds } from "../../output/format-values.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesAlertsRules } from "./index.ts";
import { formatCondition } from "./read-condition.ts";

export const run: RunOf<typeof servicesAlertsRules> = async (invocation) => {
  const { api, options, output } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const { rule: rule_id } = options;
  if (rule_id !== undefined) {
    const params = { id, rule_id };
    const { body } = await client.call("get /api/external-services/{id}/alert-rules/{rule_id}", { params });
    return output.result(body, () => format([body]));
  }
  const { body: rows } = await client.call("get /api/external-services/{id}/alert-rules", { params: { id } });
  output.list(rows, {
    empty: `There are no rules. Make one with: stave services alerts set ${id} --when 'memory_percent > 90'`,
    render: () => format(rows),
  });
};

type Rule = Parameters<typeof formatCondition>[0] & {
  readonly id: string;
  readonly name: string;
  readonly for_seconds: number;
  readonly severity: string;
  readonly enabled: boolean;
  readonly breached_since: string | null;
};

function format(rows: readonly Rule[]): string {
  return formatTable(rows, [
    { title: "ID", of: ({ id }) => id },
    { title: "NAME", of: ({ name }) => name },
    { title: "WHEN", of: formatCondition },
    { title: "FOR", of: ({ for_seconds }) => formatSeconds(for_seconds) },
    { title: "SEVERITY", of: ({ severity }) => severity },
    {
      title: "STATE",
      of: ({ enabled, breached_since }) => (enabled ? (breached_since === null ? "on" : "it is so") : "off"),
    },
  ]);
}
