import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  choice,
  durationSeconds,
  flag,
  integer,
  negativeFlag,
  option,
  optionOr,
  required,
} from "../../command/options.ts";
import { id, service } from "../services/which-service.ts";
import { cores, mebibytes, swapMebibytes } from "./read-limits.ts";

export const containerGroups: readonly CommandGroup[] = [
  { name: "services limits", summary: "What the container of a service may use." },
  { name: "services oom", summary: "Kills for want of memory." },
  { name: "services snapshot", summary: "The copy of a volume that an upgrade has made." },
];

/** The least bad first. */
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const noWait = negativeFlag("--no-wait", "do not wait until it is done; print the job");
const healthTimeout = option(
  "--health-timeout <duration>",
  "how long it may take to be healthy, before the old one comes back; 60s when left out",
  durationSeconds,
);

export const servicesUpgrade = defineCommand({
  name: "services upgrade",
  summary: "Runs another image of the same engine on the same data.",
  about:
    "The old container comes back unless the new one is healthy and serves S3. For services in containers; the built-in engine is upgraded with Stave.",
  arguments: { service },
  options: {
    id,
    image: required("-v, --image <image>", "the image: rustfs/rustfs:1.0.0-alpha.98"),
    pull: flag("--pull", "ask the registry although the image is here"),
    backupTo: option("--backup-to <destination>", "back it up first, to a destination of backups destinations"),
    withVersions: flag("--with-versions", "with --backup-to: older versions, too"),
    snapshot: flag("--snapshot", "copy the volume first: rollback --restore-snapshot brings it back"),
    healthTimeout,
    noWait,
  },
  examples: [
    "services upgrade --id 2 -v rustfs/rustfs:1.0.0-alpha.98",
    "services upgrade my-storage -v rustfs/rustfs:1.0.0-rc.5 --no-wait",
  ],
  next: ["services versions my-storage", "services rollback my-storage"],
  operations: ["upgradeService", "getServiceRuntime"],
});

export const servicesRollback = defineCommand({
  name: "services rollback",
  summary: "Runs an image again that the service has run before.",
  arguments: { service },
  options: {
    id,
    to: option("--to <version>", "as services versions shows it; the last other one when left out"),
    restoreSnapshot: flag("--restore-snapshot", "with the data of the snapshot: what was written since is set aside"),
    healthTimeout,
    noWait,
  },
  examples: ["services rollback my-storage", "services rollback --id 2 --no-wait"],
  operations: ["rollbackService", "getServiceRuntime"],
});

export const servicesSnapshotShow = defineCommand({
  name: "services snapshot show",
  summary: "Shows the copy of the volume that the last upgrade with --snapshot has made.",
  arguments: { service },
  options: { id },
  examples: ["services snapshot show my-storage", "services snapshot show --id 2 --json"],
  next: ["services rollback my-storage --restore-snapshot", "services snapshot remove my-storage"],
  operations: ["listServiceVersions", "getServiceRuntime"],
});

export const servicesSnapshotRemove = defineCommand({
  name: "services snapshot remove",
  aliases: ["rm"],
  summary: "Removes the copy of the volume, and frees its space.",
  arguments: { service },
  options: { id, dryRun: flag("--dry-run", "say what would go, and change nothing") },
  examples: ["services snapshot remove my-storage --dry-run", "services snapshot remove my-storage --yes"],
  isDestructive: true,
  operations: ["listServiceVersions", "deleteServiceSnapshot", "getServiceRuntime"],
});

export const servicesVersions = defineCommand({
  name: "services versions",
  summary: "Lists the images that a service has run.",
  arguments: { service },
  options: { id },
  examples: ["services versions my-storage", "services versions --id 2 --json"],
  operations: ["listServiceVersions", "getServiceRuntime"],
});

export const servicesRecreate = defineCommand({
  name: "services recreate",
  summary: "Makes the container of a service anew, with exactly the configured limits.",
  about:
    "On the same volume. The service is away for about a second, and the old container comes back if the new one does not serve.",
  arguments: { service },
  options: { id, noWait },
  examples: ["services recreate my-storage", "services recreate --id 2 --no-wait"],
  operations: ["recreateService", "getServiceRuntime"],
});

export const servicesRuntime = defineCommand({
  name: "services runtime",
  summary: "Shows how the container of a service is: restarts, kills, limits and drift.",
  arguments: { service },
  options: { id },
  examples: ["services runtime my-storage", "services runtime --id 2 --json"],
  next: ["services limits get my-storage", "services logs my-storage"],
  operations: ["getServiceRuntime"],
});

export const servicesStats = defineCommand({
  name: "services stats",
  summary: "Shows what the container of a service uses now.",
  arguments: { service },
  options: {
    id,
    watch: flag("-w, --watch", "again and again, a line each"),
    every: optionOr("--every <duration>", "with --watch: how often", "5s", durationSeconds),
    count: option("--count <n>", "with --watch: end after so many", integer({ from: 1 })),
  },
  examples: ["services stats my-storage", "services stats my-storage --watch --count 2 --every 1s"],
  operations: ["getServiceStats"],
});

export const servicesLogs = defineCommand({
  name: "services logs",
  summary: "Shows what the container of a service has printed, without its secrets.",
  arguments: { service },
  options: {
    id,
    follow: flag("-f, --follow", "and what comes, until Ctrl-C"),
    tail: optionOr("--tail <n>", "at most so many lines, the last ones", "200", integer({ from: 1, to: 1000 })),
    grep: option("--grep <text>", "only lines with this in them, in any case of letters"),
    level: choice("--level <level>", "only lines that say that they are so bad, or worse", logLevels),
    since: option("--since <duration>", "not older than this; 24h when left out", durationSeconds),
    until: option("--until <duration>", "older than this", durationSeconds),
  },
  examples: [
    "services logs my-storage --tail 50",
    "services logs --id 2 --follow",
    "services logs my-storage --grep error --since 1h --json",
  ],
  operations: ["getServiceLogs", "getServiceRuntime"],
});

export const servicesLimitsGet = defineCommand({
  name: "services limits get",
  aliases: ["show"],
  summary: "Shows what the container of a service may use, and whether that is in force.",
  arguments: { service },
  options: { id },
  examples: ["services limits get my-storage", "services limits get --id 2 --json"],
  next: ["services limits set my-storage --memory 512 --swap 256 --cpus 1.5"],
  operations: ["getServiceRuntime"],
});

export const servicesLimitsSet = defineCommand({
  name: "services limits set",
  summary: "Limits what the container of a service may use, while it runs.",
  about:
    "Swap is on top of the memory: --memory 512 --swap 256 are 768 MiB together. What is left out stays as it is; unlimited takes a limit away.",
  arguments: { service },
  options: {
    id,
    memory: option("--memory <mib>", "the most memory: 512, 512m, 2g or unlimited", mebibytes),
    swap: option("--swap <mib>", "swap above the memory: 256, 1g or none", swapMebibytes),
    cpus: option("--cpus <cores>", "the most cores: 1.5 or unlimited", cores),
    shm: option("--shm <mib>", "/dev/shm; takes a new container", mebibytes),
    force: flag("--force", "also less memory than it uses now, for which it may be killed"),
    recreate: flag("--recreate", "a new container at once, where only that makes a limit exact"),
  },
  examples: [
    "services limits set my-storage --memory 512 --swap 256 --cpus 1.5",
    "services limits set my-storage --memory unlimited --recreate",
  ],
  operations: ["changeServiceResources", "getServiceRuntime", "recreateService"],
});

export const servicesOomAcknowledge = defineCommand({
  name: "services oom acknowledge",
  aliases: ["ack"],
  summary: "Says that you know that a service was killed for want of memory.",
  arguments: { service },
  options: { id },
  examples: ["services oom acknowledge my-storage", "services oom ack --id 2"],
  next: ["services limits set my-storage --memory 1g"],
  operations: ["acknowledgeServiceOom", "getServiceRuntime"],
});

export const containerCommands: readonly AnyCommand[] = [
  withCode(servicesUpgrade, async () => (await import("./services-upgrade.ts")).run),
  withCode(servicesRollback, async () => (await import("./services-rollback.ts")).run),
  withCode(servicesSnapshotShow, async () => (await import("./services-snapshot-show.ts")).run),
  withCode(servicesSnapshotRemove, async () => (await import("./services-snapshot-remove.ts")).run),
  withCode(servicesVersions, async () => (await import("./services-versions.ts")).run),
  withCode(servicesRecreate, async () => (await import("./services-recreate.ts")).run),
  withCode(servicesRuntime, async () => (await import("./services-runtime.ts")).run),
  withCode(servicesStats, async () => (await import("./services-stats.ts")).run),
  withCode(servicesLogs, async () => (await import("./services-logs.ts")).run),
  withCode(servicesLimitsGet, async () => (await import("./services-limits-get.ts")).run),
  withCode(servicesLimitsSet, async () => (await import("./services-limits-set.ts")).run),
  withCode(servicesOomAcknowledge, async () => (await import("./services-oom-acknowledge.ts")).run),
];
