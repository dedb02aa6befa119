import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesAlertsSet } from "./index.ts";
import { formatCondition } from "./read-condition.ts";

type Invocation = Parameters<RunOf<typeof servicesAlertsSet>>[0];

export const run: RunOf<typeof servicesAlertsSet> = async (invocation) => {
  const { api, options, output } = invocation;
  const { rule: rule_id } = options;
  if (options.on && options.off) throw new CliError("Usage", "Expected --on or --off, not both.");
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body: rule } =
    rule_id === undefined
      ? await client.call("post /api/external-services/{id}/alert-rules", { params: { id }, body: newRule(options) })
      : await client.call("put /api/external-services/{id}/alert-rules/{rule_id}", {
          params: { id, rule_id },
          body: await changedRule(client, { id, rule_id, options }),
        });
  output.note(`${printable(rule.name)}: ${formatCondition(rule)}. Its id:`);
  output.result(rule, () => `${printable(rule.id)}\n`);
};

function newRule({ when, for: for_seconds = 0, name, severity = "warning", off }: Invocation["options"]) {
  if (when === undefined) {
    throw new CliError("Usage", "The required parameter --when is missing.", {
      next: ["stave services alerts set my-storage --when 'memory_percent > 90'"],
    });
  }
  return { name: name ?? formatCondition(when), ...when, for_seconds, severity, enabled: !off };
}

type Change = { readonly id: number; readonly rule_id: string; readonly options: Invocation["options"] };

/** What is not named stays as it is. */
async function changedRule({ call }: ApiClient, { id, rule_id, options }: Change) {
  const { when, for: forSeconds, name, severity, off, on } = options;
  const { body: before } = await call("get /api/external-services/{id}/alert-rules/{rule_id}", {
    params: { id, rule_id },
  });
  const { metric, comparison, threshold } = when ?? before;
  return {
    name: name ?? before.name,
    metric,
    comparison,
    threshold,
    for_seconds: forSeconds ?? before.for_seconds,
    severity: severity ?? before.severity,
    enabled: on || (!off && before.enabled),
  };
}
