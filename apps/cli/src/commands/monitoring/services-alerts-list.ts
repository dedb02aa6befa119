import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesAlertsList } from "./index.ts";
import { formatCondition } from "./read-condition.ts";

export const run: RunOf<typeof servicesAlertsList> = async (invocation) => {
  const { api, options, output, now } = invocation;
  const { state, limit, before } = options;
  const client = await api();
  const id = await resolveService(invocation, client);
  const query = { limit, ...(state !== undefined && { state }), ...(before !== undefined && { before }) };
  const { body: rows } = await client.call("get /api/external-services/{id}/alerts", { params: { id }, query });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: `Nothing fires. Rules are made with: stave services alerts set ${id} --when 'memory_percent > 90'`,
    render: () =>
      formatTable(rows, [
        { title: "ID", of: (alert) => alert.id },
        { title: "STATE", of: (alert) => alert.state },
        { title: "SEVERITY", of: ({ rule }) => rule.severity },
        { title: "NAME", of: ({ rule }) => rule.name },
        { title: "RULE", of: ({ rule }) => formatCondition(rule) },
        { title: "VALUE", of: ({ value }) => value, isRight: true },
        { title: "FIRED", of: ({ fired_at }) => formatTime(fired_at, time) },
        { title: "RESOLVED", of: ({ resolved_at }) => formatTime(resolved_at, time) },
      ]),
  });
};
