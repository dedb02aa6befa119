import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  argument,
  flag,
  integer,
  negativeFlag,
  option,
  optionalArgument,
  optionOr,
  required,
} from "../../command/options.ts";
import { destinationCommands } from "./destinations.ts";
import { scheduleCommands } from "./schedules.ts";

export const backupGroups: readonly CommandGroup[] = [
  { name: "backups", aliases: ["backup"], summary: "Backups of services: made, verified, downloaded, restored." },
  { name: "backups destinations", aliases: ["destination"], summary: "Where backups are kept." },
  { name: "backups schedules", aliases: ["schedule"], summary: "When backups are made, and how long they stay." },
  { name: "backups restores", summary: "What was brought back." },
];

const backup = argument("as backups list shows it");
const service = "a service: its id, or its name";
const limit = optionOr("--limit <n>", "how many", "100", integer({ from: 1, to: 100_000 }));
const noWait = negativeFlag("--no-wait", "do not wait until it is done; print the job");
const idempotencyKey = option("--idempotency-key <key>", "a second call with the same key does nothing new");
const force = flag("-f, --force", "do not ask");

export const backupsList = defineCommand({
  name: "backups list",
  aliases: ["ls"],
  summary: "Lists backups, newest first.",
  arguments: {},
  options: {
    service: option("--service <service>", `of ${service}`),
    destination: option("--destination <destination>", "in one destination: its id, or its name"),
    schedule: option("--schedule <schedule>", "of one schedule: its id, or its name"),
    limit,
  },
  examples: ["backups list", "backups list --service my-storage --limit 5 --json"],
  next: ["backups show ID", "backups create my-storage --destination disk"],
  operations: ["listBackups", "getService", "getServiceBySlug", "listBackupDestinations", "listBackupSchedules"],
});

export const backupsCreate = defineCommand({
  name: "backups create",
  aliases: ["run"],
  summary: "Backs a service up now.",
  arguments: { service: argument(service) },
  options: {
    destination: option("--destination <destination>", "where to: its id, or its name; the only one when left out"),
    versions: flag("--versions", "with all versions, not only the newest ones"),
    idempotencyKey,
    noWait,
  },
  examples: [
    "backups create my-storage --destination disk",
    "backups create my-storage --destination disk --versions --no-wait",
  ],
  next: ["backups verify ID", "backups restore ID --dry-run"],
  operations: ["createBackup", "getBackup", "getJob", "getService", "getServiceBySlug", "listBackupDestinations"],
});

export const backupsShow = defineCommand({
  name: "backups show",
  summary: "Shows one backup: what it holds, and what went wrong.",
  arguments: { backup },
  options: {},
  examples: ["backups show ID", "backups show ID --json"],
  next: ["backups verify ID"],
  operations: ["getBackup"],
});

export const backupsVerify = defineCommand({
  name: "backups verify",
  summary: "Reads everything that a backup has stored, and compares it with what it should be.",
  arguments: { backup },
  options: { noWait },
  examples: ["backups verify ID", "backups verify ID --json"],
  operations: ["verifyBackup", "getBackup", "getJob"],
});

export const backupsDownload = defineCommand({
  name: "backups download",
  summary: "Downloads a backup as one archive, .tar.zst.",
  arguments: {
    backup,
    file: optionalArgument("where to; - is stdout, and ID.tar.zst here when left out"),
  },
  options: { force: flag("-f, --force", "replace the file that is there") },
  examples: ["backups download ID my-storage.tar.zst", "backups download ID - > my-storage.tar.zst"],
  operations: ["downloadBackup"],
});

export const backupsDelete = defineCommand({
  name: "backups delete",
  aliases: ["remove", "rm"],
  summary: "Deletes a backup, and what no other one needs of what it has stored.",
  arguments: { backup },
  options: {
    forget: flag("--forget", "do not ask its destination: what is stored there stays"),
    force,
    dryRun: flag("--dry-run", "show what would go, and change nothing"),
    noWait,
  },
  examples: ["backups delete ID --dry-run", "backups delete ID --yes"],
  isDestructive: true,
  operations: ["getBackup", "deleteBackup", "getJob"],
});

export const backupsPrune = defineCommand({
  name: "backups prune",
  summary: "Deletes all backups of a service but the newest ones.",
  about:
    "Those that are being made stay, and so does the newest good one. A schedule does it by itself: --keep and --keep-days of backups schedules.",
  arguments: { service: argument(service) },
  options: {
    keep: required("--keep <n>", "how many good ones stay", integer({ from: 1, to: 10_000 })),
    force,
    dryRun: flag("--dry-run", "show what would go, and change nothing"),
  },
  examples: ["backups prune my-storage --keep 3 --dry-run", "backups prune my-storage --keep 3 --yes"],
  isDestructive: true,
  operations: ["listBackups", "deleteBackup", "getJob", "getService", "getServiceBySlug"],
});

export const backupsCancel = defineCommand({
  name: "backups cancel",
  summary: "Calls a backup off that has not begun.",
  arguments: { backup },
  options: {},
  examples: ["backups cancel ID", "backups cancel ID --json"],
  operations: ["getBackup", "cancelJob"],
});

export const backupsRestore = defineCommand({
  name: "backups restore",
  summary: "Brings a backup back: in place, or to a new service.",
  about:
    "In place, buckets of the backup become what they were: objects that the backup does not have are deleted; other buckets stay. A new service has keys of its own; its buckets need other names while those of the backup are there: --suffix.",
  arguments: { backup },
  options: {
    inPlace: flag("--in-place", "to the service that it is of"),
    toNew: option("--to-new <name>", "to a new service of this name"),
    suffix: option("--suffix <suffix>", "added to the names of the buckets of a new service: -restored"),
    force,
    dryRun: flag("--dry-run", "show what would be written and deleted, and change nothing"),
    idempotencyKey,
    noWait,
  },
  examples: [
    "backups restore ID --in-place --dry-run",
    "backups restore ID --to-new my-storage-restored --suffix=-restored --yes",
  ],
  next: ["backups restores list"],
  isDestructive: true,
  operations: ["getBackup", "planRestore", "restoreBackup", "getRestore", "getService", "getJob"],
});

export const backupsAbilities = defineCommand({
  name: "backups abilities",
  summary: "Says how a service can be restored, and suggests a name for a new one.",
  arguments: { service: argument("its id, or its name") },
  options: {},
  examples: ["backups abilities my-storage", "backups abilities 1 --json"],
  operations: ["getRestoreCapabilities", "getService", "getServiceBySlug"],
});

export const restoresList = defineCommand({
  name: "backups restores list",
  aliases: ["ls"],
  summary: "Lists what was brought back, newest first.",
  arguments: {},
  options: {
    service: option("--service <service>", `to ${service}`),
    backup: option("--backup <id>", "of one backup"),
    limit,
  },
  examples: ["backups restores list", "backups restores list --service my-storage --json"],
  operations: ["listRestores", "getService", "getServiceBySlug"],
});

export const restoresShow = defineCommand({
  name: "backups restores show",
  summary: "Shows one restore: how far it is, and how it ended.",
  arguments: { restore: argument("as backups restores list shows it") },
  options: {},
  examples: ["backups restores show ID", "backups restores show ID --json"],
  operations: ["getRestore"],
});

export const backupCommands: readonly AnyCommand[] = [
  withCode(backupsList, async () => (await import("./backups-list.ts")).run),
  withCode(backupsCreate, async () => (await import("./backups-create.ts")).run),
  withCode(backupsShow, async () => (await import("./backups-show.ts")).run),
  withCode(backupsVerify, async () => (await import("./backups-verify.ts")).run),
  withCode(backupsDownload, async () => (await import("./backups-download.ts")).run),
  withCode(backupsDelete, async () => (await import("./backups-delete.ts")).run),
  withCode(backupsPrune, async () => (await import("./backups-prune.ts")).run),
  withCode(backupsCancel, async () => (await import("./backups-cancel.ts")).run),
  withCode(backupsRestore, async () => (await import("./backups-restore.ts")).run),
  withCode(backupsAbilities, async () => (await import("./backups-abilities.ts")).run),
  ...destinationCommands,
  ...scheduleCommands,
  withCode(restoresList, async () => (await import("./restores-list.ts")).run),
  withCode(restoresShow, async () => (await import("./restores-show.ts")).run),
];
