import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import type { auditList } from "./index.ts";
import { type AuditEntry, type AuditFilter, auditFilter, readAudit } from "./read-audit.ts";

const followEveryMs = 1000;

export const run: RunOf<typeof auditList> = async ({ api, options, output, now, signal }) => {
  const client = await api();
  const filter = auditFilter(options, now());
  if (options.follow) {
    const from = filter.from ?? now().toISOString();
    output.note("Waiting for what is done. Ctrl-C ends it.");
    for await (const entry of follow(client, { ...filter, from }, signal)) {
      output.item(entry, () => `${[entry.at, entry.actor, describe(entry)].map(printable).join("  ")}\n`);
    }
    return;
  }
  const entries: AuditEntry[] = [];
  for await (const entry of readAudit(client, filter, { atMost: options.limit })) entries.push(entry);
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(entries, {
    empty: "Nothing of that kind was done.",
    render: () =>
      formatTable(entries, [
        { title: "AT", of: ({ at }) => formatTime(at, time) },
        { title: "BY", of: ({ actor }) => actor },
        { title: "DID", of: ({ action }) => action },
        { title: "TO", of: ({ subject }) => subject },
        { title: "DETAILS", of: ({ details }) => detailsOf(details) },
      ]),
  });
};

/** Entries as they come, oldest first, each once. Those of the newest moment are asked for again: others may join them. */
async function* follow(client: ApiClient, filter: AuditFilter, signal: AbortSignal): AsyncGenerator<AuditEntry> {
  let { from } = filter;
  let seen = new Set<string>();
  for (;;) {
    const found: AuditEntry[] = [];
    for await (const entry of readAudit(client, { ...filter, from })) {
      if (!seen.has(entry.id)) found.push(entry);
    }
    yield* found.toReversed();
    const newest = found[0]?.at;
    if (newest !== undefined) {
      const before = newest === from ? seen : [];
      seen = new Set([...before, ...found.filter(({ at }) => at === newest).map(({ id }) => id)]);
      from = newest;
    }
    await sleep(followEveryMs, undefined, { signal }).catch(() => {
      throw new CliError("Interrupted", "Interrupted.");
    });
  }
}

function describe({ action, subject, details }: AuditEntry): string {
  return `${action} ${subject} ${detailsOf(details)}`.trimEnd();
}

function detailsOf(details: AuditEntry["details"]): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
