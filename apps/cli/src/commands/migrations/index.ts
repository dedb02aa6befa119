import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  argument,
  choiceOr,
  flag,
  InvalidValue,
  integer,
  negativeFlag,
  option,
  optionalArgument,
  optionOr,
  pair,
  repeated,
} from "../../command/options.ts";

export const migrationGroups: readonly CommandGroup[] = [
  {
    name: "migrations",
    aliases: ["migration", "migrate"],
    summary: "Services carried to other ones, with their links.",
  },
];

const service = argument("the service that it is from, or to: its id, or its name");
const migration = optionalArgument("as migrations list shows it; the newest one when left out");
const noWait = negativeFlag("--no-wait", "do not wait until it is done; print the job");
const found = ["listMigrations", "getMigration", "getService", "getServiceBySlug"] as const;

/** `4194304`, or `4MiB` a second. */
function bytesPerSecond(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,12})(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes =
    Number(count) * { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit as "" | "KiB" | "MiB" | "GiB"];
  if (count === "" || bytes < 1024) throw new InvalidValue(`Expected at least 1KiB, such as 4MiB, got "${text}".`);
  return bytes;
}

export const migrationsStart = defineCommand({
  name: "migrations start",
  summary: "Carries everything of a service to another one, and moves its links there.",
  about:
    "It copies while the source is in use, closes it for a moment, compares, and switches. The source stays, read-only, and migrations rollback goes back to it. With --dry-run it only says what would be done; a new service to try it out in is made, and removed again.",
  arguments: { service: argument("the service that it is from: its id, or its name") },
  options: {
    to: option("--to <service>", "to a service that there is: its id, or its name"),
    toNew: option("--to-new <name>", "to a new service of this name"),
    engine: choiceOr("--engine <engine>", "of the new service", ["stave", "rustfs", "minio", "custom"], "stave"),
    set: repeated("-s, --set <key=value>", "a parameter of the new service", pair),
    rename: repeated("--rename <bucket=name>", "a bucket that has another name there", pair),
    noVersions: negativeFlag("--no-versions", "only what is current"),
    noSettings: negativeFlag("--no-settings", "without policies, CORS, lifecycle rules and the like"),
    verify: choiceOr("--verify <how>", "read: read all of it again at the end", ["list", "read"], "list"),
    bandwidth: option("--bandwidth <bytes>", "a second at most: 4MiB", bytesPerSecond),
    allowFailed: flag("--allow-failed", "switch although some objects could not be carried"),
    useServiceCredentials: flag(
      "--use-service-credentials",
      "where the target makes no keys, applications get its own",
    ),
    dryRun: flag("--dry-run", "show what would be carried, and carry nothing"),
    idempotencyKey: option("--idempotency-key <key>", "a second call with the same key does nothing new"),
    noWait,
  },
  examples: [
    "migrations start my-storage --to-new new-home --dry-run",
    "migrate start my-storage --to-new new-home --rename photos=pics --yes",
  ],
  next: ["migrations report my-storage", "migrations rollback my-storage"],
  operations: [
    "migrateService",
    "getMigration",
    "getJob",
    "getService",
    "getServiceBySlug",
    "getServiceTypeParameters",
    "deleteService",
  ],
});

export const migrationsList = defineCommand({
  name: "migrations list",
  aliases: ["ls"],
  summary: "Lists migrations from and to a service, newest first.",
  arguments: { service },
  options: { limit: optionOr("--limit <n>", "how many", "20", integer({ from: 1, to: 10_000 })) },
  examples: ["migrations list my-storage", "migrations list 1 --json"],
  operations: ["listMigrations", "getService", "getServiceBySlug"],
});

export const migrationsShow = defineCommand({
  name: "migrations show",
  aliases: ["status"],
  summary: "Shows one migration: how far it is, and what must be redeployed.",
  arguments: { service, migration },
  options: {},
  examples: ["migrations show my-storage", "migrations status my-storage ID --json"],
  operations: found,
});

export const migrationsWatch = defineCommand({
  name: "migrations watch",
  summary: "Waits for a migration; exits as it has ended.",
  arguments: { service, migration },
  options: {},
  examples: ["migrations watch my-storage", "migrations watch my-storage ID --json"],
  operations: [...found, "getJob"],
});

export const migrationsReport = defineCommand({
  name: "migrations report",
  summary: "Lists what was not carried, and what has failed; an object of JSON a line with --json.",
  arguments: { service, migration },
  options: {},
  examples: ["migrations report my-storage", "migrations report my-storage ID --json"],
  operations: found,
});

export const migrationsCancel = defineCommand({
  name: "migrations cancel",
  aliases: ["abort"],
  summary: "Ends a migration that has not switched: what it has copied is removed again.",
  arguments: { service, migration },
  options: { noWait },
  examples: ["migrations cancel my-storage", "migrations abort my-storage ID --json"],
  operations: [...found, "cancelMigration", "getJob"],
});

export const migrationsRollback = defineCommand({
  name: "migrations rollback",
  summary: "Moves the links of a completed migration back to its source.",
  about: "What was written to the target since stays there, and is not carried back.",
  arguments: { service, migration },
  options: { noWait },
  examples: ["migrations rollback my-storage --yes", "migrations rollback my-storage ID --yes --json"],
  operations: [...found, "rollbackMigration", "getJob"],
});

export const migrationCommands: readonly AnyCommand[] = [
  withCode(migrationsStart, async () => (await import("./migrations-start.ts")).run),
  withCode(migrationsList, async () => (await import("./migrations-list.ts")).run),
  withCode(migrationsShow, async () => (await import("./migrations-show.ts")).run),
  withCode(migrationsWatch, async () => (await import("./migrations-watch.ts")).run),
  withCode(migrationsReport, async () => (await import("./migrations-report.ts")).run),
  withCode(migrationsCancel, async () => (await import("./migrations-cancel.ts")).run),
  withCode(migrationsRollback, async () => (await import("./migrations-rollback.ts")).run),
];
