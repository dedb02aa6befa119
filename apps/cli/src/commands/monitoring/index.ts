import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { choice, choiceOr, durationSeconds, flag, integer, option, optionOr, required } from "../../command/options.ts";
import { id, service } from "../services/which-service.ts";
import { condition } from "./read-condition.ts";

export const monitoringGroups: readonly CommandGroup[] = [
  { name: "services alerts", summary: "When somebody is told of a service, and what fires." },
];

export const servicesHealth = defineCommand({
  name: "services health",
  summary: "Shows whether services are at work, the last checks and the uptime of 24 hours.",
  about: "Of one service, or of all when none is named. Each is checked every 30 seconds.",
  arguments: { service },
  options: {
    id,
    check: flag("--check", "look now"),
    limit: optionOr("--limit <n>", "how many checks", "10", integer({ from: 1, to: 200 })),
    exitCode: flag("--exit-code", "exit with 1 unless it is operational"),
  },
  examples: ["services health", "services health my-storage --check"],
  operations: ["getServiceHealthStatus", "getServiceHealthBatch", "checkServiceHealth", "listServices"],
});

export const servicesMetrics = defineCommand({
  name: "services metrics",
  summary: "Shows how a service was: requests, errors, CPU, memory and disk.",
  arguments: { service },
  options: {
    id,
    range: choiceOr("--range <range>", "how far back", ["1h", "6h", "24h", "7d"], "1h"),
    latest: flag("--latest", "the last values only"),
  },
  examples: ["services metrics my-storage --range 24h", "services metrics my-storage --latest --json"],
  operations: ["getServiceMetrics", "getLatestServiceMetrics"],
});

export const servicesAlertsList = defineCommand({
  name: "services alerts list",
  aliases: ["ls"],
  summary: "Lists what fires and what has fired, newest first.",
  arguments: { service },
  options: {
    id,
    state: choice("--state <state>", "only these", ["firing", "resolved"]),
    limit: optionOr("--limit <n>", "how many", "50", integer({ from: 1, to: 200 })),
    before: option("--before <alert>", "those before this one"),
  },
  examples: ["services alerts list my-storage", "services alerts list my-storage --state firing --json"],
  operations: ["listServiceAlerts"],
});

export const servicesAlertsRules = defineCommand({
  name: "services alerts rules",
  summary: "Lists the rules of a service, or shows one.",
  arguments: { service },
  options: { id, rule: option("--rule <id>", "only this one") },
  examples: ["services alerts rules my-storage", "services alerts rules my-storage --json"],
  next: ["services alerts set my-storage --when 'memory_percent > 90' --for 5m"],
  operations: ["listAlertRules", "getAlertRule"],
});

export const servicesAlertsSet = defineCommand({
  name: "services alerts set",
  summary: "Fires an alert when a metric of a service has been so for long enough.",
  about:
    "Metrics: up, cpu_percent, memory_bytes, memory_percent, disk_bytes, uptime_seconds, requests_per_second and errors_per_second. With --rule another one is put in its place.",
  arguments: { service },
  options: {
    id,
    when: option("--when <condition>", "metric, comparison and value: 'cpu_percent >= 150'", condition),
    for: option("--for <duration>", "so long it has to be so", durationSeconds),
    name: option("-n, --name <name>", "what to call it; its condition when left out"),
    severity: choice("--severity <severity>", "how bad that is; warning when left out", ["warning", "critical"]),
    off: flag("--off", "keep the rule, but look at nothing"),
    on: flag("--on", "look again"),
    rule: option("--rule <id>", "the rule to be changed"),
  },
  examples: [
    "services alerts set my-storage --when 'memory_percent > 90' --for 5m",
    "services alerts set my-storage --when 'up < 1' --severity critical",
  ],
  operations: ["createAlertRule", "updateAlertRule", "getAlertRule"],
});

export const servicesAlertsRemove = defineCommand({
  name: "services alerts remove",
  aliases: ["rm"],
  summary: "Removes a rule. What it fires for is resolved.",
  arguments: { service },
  options: { id, rule: required("--rule <id>", "as services alerts rules shows it") },
  examples: ["services alerts remove my-storage --rule RULE", "services alerts rm --id 1 --rule RULE"],
  operations: ["deleteAlertRule"],
});

export const monitoringCommands: readonly AnyCommand[] = [
  withCode(servicesHealth, async () => (await import("./services-health.ts")).run),
  withCode(servicesMetrics, async () => (await import("./services-metrics.ts")).run),
  withCode(servicesAlertsList, async () => (await import("./services-alerts-list.ts")).run),
  withCode(servicesAlertsRules, async () => (await import("./services-alerts-rules.ts")).run),
  withCode(servicesAlertsSet, async () => (await import("./services-alerts-set.ts")).run),
  withCode(servicesAlertsRemove, async () => (await import("./services-alerts-remove.ts")).run),
];
