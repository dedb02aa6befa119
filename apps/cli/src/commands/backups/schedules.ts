import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, InvalidValue, integer, option, optionOr, required } from "../../command/options.ts";

const schedule = argument("its id, or its name");

/** A number, or `none`, which takes it away. */
function numberOrNone(limits: { readonly from: number; readonly to: number }) {
  const read = integer(limits);
  return (text: string): number | null => (text === "none" ? null : read(text));
}

function yesOrNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidValue(`Expected yes or no, got "${text}".`);
}

const keep = option("--keep <n>", "how many good ones stay; none: all", numberOrNone({ from: 1, to: 10_000 }));
const keepDays = option("--keep-days <n>", "older ones go; none: no end", numberOrNone({ from: 1, to: 36_500 }));

export const schedulesList = defineCommand({
  name: "backups schedules list",
  aliases: ["ls"],
  summary: "Lists schedules, with what comes next and what went wrong.",
  arguments: {},
  options: { service: option("--service <service>", "of a service: its id, or its name") },
  examples: ["backups schedules list", "backups schedules list --service my-storage --json"],
  next: ["backups schedules create my-storage -n nightly --cron '0 3 * * *'"],
  operations: ["listBackupSchedules", "getService", "getServiceBySlug"],
});

export const schedulesShow = defineCommand({
  name: "backups schedules show",
  summary: "Shows one schedule.",
  arguments: { schedule },
  options: {},
  examples: ["backups schedules show nightly", "backups schedules show nightly --json"],
  operations: ["listBackupSchedules", "getBackupSchedule"],
});

export const schedulesCreate = defineCommand({
  name: "backups schedules create",
  summary: "Backs a service up again and again.",
  arguments: { service: argument("the service: its id, or its name") },
  options: {
    name: required("-n, --name <name>", "what to call it"),
    destination: option("--destination <destination>", "where to: its id, or its name; the only one when left out"),
    cron: required("--cron <fields>", "when: five fields, at least an hour apart"),
    timeZone: optionOr("--time-zone <zone>", "of these fields", "UTC", String),
    versions: flag("--versions", "with all versions, not only the newest ones"),
    keep,
    keepDays,
    ifNotExists: flag("--if-not-exists", "one of this name will do"),
  },
  examples: [
    "backups schedules create my-storage -n nightly --cron '0 3 * * *'",
    "backups schedules create my-storage -n week --cron '0 4 * * 0' --keep 9",
  ],
  next: ["backups schedules list"],
  operations: [
    "createBackupSchedule",
    "listBackupSchedules",
    "listBackupDestinations",
    "getService",
    "getServiceBySlug",
  ],
});

export const schedulesUpdate = defineCommand({
  name: "backups schedules update",
  summary: "Changes a schedule, or makes it rest.",
  arguments: { schedule },
  options: {
    name: option("-n, --name <name>", "what to call it"),
    destination: option("--destination <destination>", "where to: its id, or its name"),
    cron: option("--cron <fields>", "when: five fields, at least an hour apart"),
    timeZone: option("--time-zone <zone>", "of these fields"),
    versions: option("--versions <yes|no>", "with all versions", yesOrNo),
    keep,
    keepDays,
    enabled: option("--enabled <yes|no>", "no: it rests", yesOrNo),
  },
  examples: ["backups schedules update nightly --cron '30 2 * * *'", "backups schedules update nightly --enabled no"],
  operations: ["listBackupSchedules", "listBackupDestinations", "updateBackupSchedule"],
});

export const schedulesRemove = defineCommand({
  name: "backups schedules remove",
  aliases: ["rm", "delete"],
  summary: "Ends a schedule. The backups that it has made stay.",
  arguments: { schedule },
  options: {
    force: flag("-f, --force", "do not ask"),
    dryRun: flag("--dry-run", "show which, and change nothing"),
  },
  examples: ["backups schedules remove nightly --dry-run", "backups schedules remove nightly --yes"],
  isDestructive: true,
  operations: ["listBackupSchedules", "deleteBackupSchedule"],
});

export const scheduleCommands: readonly AnyCommand[] = [
  withCode(schedulesList, async () => (await import("./schedules-list.ts")).run),
  withCode(schedulesShow, async () => (await import("./schedules-show.ts")).run),
  withCode(schedulesCreate, async () => (await import("./schedules-create.ts")).run),
  withCode(schedulesUpdate, async () => (await import("./schedules-update.ts")).run),
  withCode(schedulesRemove, async () => (await import("./schedules-remove.ts")).run),
];
