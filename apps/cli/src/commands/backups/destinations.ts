import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, option, optionOr, required } from "../../command/options.ts";

const destination = argument("its id, or its name");
const reached = {
  region: option("--region <region>", "the region that requests are signed for"),
  accessKey: option("--access-key <id>", "the id of the key"),
  secretKeyStdin: flag("--secret-key-stdin", "read the secret of the key from stdin"),
  secretKeyFile: option("--secret-key-file <file>", "read the secret of the key from this file"),
};
const aboutSecrets =
  "The secret key is asked for, or read from stdin or a file: on the command line others could read it.";

export const destinationsList = defineCommand({
  name: "backups destinations list",
  aliases: ["ls"],
  summary: "Lists where backups can be kept.",
  arguments: {},
  options: {},
  examples: ["backups destinations list", "backups destinations list --json"],
  next: ["backups destinations create -n disk --directory nightly"],
  operations: ["listBackupDestinations"],
});

export const destinationsShow = defineCommand({
  name: "backups destinations show",
  summary: "Shows one destination. Its secret key is shown nowhere.",
  arguments: { destination },
  options: {},
  examples: ["backups destinations show disk", "backups destinations show disk --json"],
  operations: ["listBackupDestinations", "getBackupDestination"],
});

export const destinationsCreate = defineCommand({
  name: "backups destinations create",
  summary: "Adds a directory of the server, or a bucket of an S3 server. It is tried first.",
  about: `A directory is one below --backups-dir of the api. ${aboutSecrets} Without --access-key both are those of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
  arguments: {},
  options: {
    name: required("-n, --name <name>", "what to call it"),
    directory: option("--directory <directory>", "below --backups-dir of the api"),
    endpoint: option("-e, --endpoint <url>", "of an S3 server"),
    bucket: option("-b, --bucket <bucket>", "which is there already"),
    prefix: option("--prefix <prefix>", "folders in the bucket"),
    ...reached,
    region: optionOr("--region <region>", "the region that requests are signed for", "us-east-1", String),
    virtualHost: flag("--virtual-host", "the bucket is part of the host name"),
    ifNotExists: flag("--if-not-exists", "one of this name will do"),
  },
  examples: [
    "backups destinations create -n disk --directory nightly",
    "backups destinations create -n far -e https://s3.example.com -b backups",
  ],
  next: ["backups create my-storage --destination disk"],
  operations: ["createBackupDestination", "listBackupDestinations"],
});

export const destinationsUpdate = defineCommand({
  name: "backups destinations update",
  summary: "Changes the name of a destination, or how its bucket is reached, which is tried first.",
  about: `Where its backups are cannot be changed. Another endpoint needs the secret key again. ${aboutSecrets}`,
  arguments: { destination },
  options: {
    name: option("-n, --name <name>", "what to call it"),
    endpoint: option("-e, --endpoint <url>", "of the S3 server"),
    ...reached,
  },
  examples: [
    "backups destinations update disk --name nightly-disk",
    "backups destinations update far --secret-key-file far.txt",
  ],
  operations: ["listBackupDestinations", "updateBackupDestination"],
});

export const destinationsTest = defineCommand({
  name: "backups destinations test",
  summary: "Tries a destination: writes, reads, uploads in parts and deletes.",
  arguments: { destination },
  options: {},
  examples: ["backups destinations test disk", "backups destinations test disk --json"],
  operations: ["listBackupDestinations", "testBackupDestination"],
});

export const destinationsRemove = defineCommand({
  name: "backups destinations remove",
  aliases: ["rm", "delete"],
  summary: "Forgets a destination that no schedule and no backup needs.",
  arguments: { destination },
  options: {
    force: flag("-f, --force", "do not ask"),
    dryRun: flag("--dry-run", "show which, and what needs it, and change nothing"),
  },
  examples: ["backups destinations remove disk --dry-run", "backups destinations remove disk --yes"],
  isDestructive: true,
  operations: ["listBackupDestinations", "listBackups", "listBackupSchedules", "deleteBackupDestination"],
});

export const destinationCommands: readonly AnyCommand[] = [
  withCode(destinationsList, async () => (await import("./destinations-list.ts")).run),
  withCode(destinationsShow, async () => (await import("./destinations-show.ts")).run),
  withCode(destinationsCreate, async () => (await import("./destinations-create.ts")).run),
  withCode(destinationsUpdate, async () => (await import("./destinations-update.ts")).run),
  withCode(destinationsTest, async () => (await import("./destinations-test.ts")).run),
  withCode(destinationsRemove, async () => (await import("./destinations-remove.ts")).run),
];
