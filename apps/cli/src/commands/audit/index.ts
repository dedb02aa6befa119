import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { moment } from "../../command/moment.ts";
import { choiceOr, flag, integer, option, optionalArgument, optionOr } from "../../command/options.ts";

export const auditGroups: readonly CommandGroup[] = [
  { name: "audit", summary: "The audit log: who did what, and when." },
];

const filters = {
  actor: option("--actor <actor>", "of one: user:ann@example.com"),
  action: option("--action <action>", "of one kind: service:create"),
  subject: option("--subject <subject>", "about one thing: service:1"),
  since: option("--since <time>", "not before: 24h, or 2026-01-31T12:00:00Z", moment),
  until: option("--until <time>", "before: 24h, or 2026-01-31T12:00:00Z", moment),
};

export const auditList = defineCommand({
  name: "audit list",
  aliases: ["ls"],
  summary: "Lists what was done, newest first; with --follow, goes on as it happens.",
  arguments: {},
  options: {
    ...filters,
    limit: optionOr("--limit <n>", "how many", "50", integer({ from: 1, to: 100_000 })),
    follow: flag("--follow", "what is done from now on, oldest first"),
  },
  examples: ["audit list --since 24h", "audit list --subject service:1 --limit 10 --json"],
  next: ["audit export audit.ndjson"],
  operations: ["listAudit"],
});

export const auditExport = defineCommand({
  name: "audit export",
  summary: "Writes all of it, newest first: an object of JSON a line, or a table for spreadsheets.",
  arguments: { file: optionalArgument("a new file; stdout when left out") },
  options: {
    ...filters,
    format: choiceOr("--format <format>", "as what", ["ndjson", "csv"], "ndjson"),
  },
  examples: ["audit export --since 30d", "audit export audit.csv --format csv"],
  operations: ["listAudit"],
});

export const auditCommands: readonly AnyCommand[] = [
  withCode(auditList, async () => (await import("./audit-list.ts")).run),
  withCode(auditExport, async () => (await import("./audit-export.ts")).run),
];
