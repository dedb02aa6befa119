import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, durationSeconds, flag, option, optionOr } from "../../command/options.ts";
import { service, when } from "../buckets/options.ts";
import { scopeOptions } from "./key-scope.ts";
import { secretFileOptions } from "./secret-files.ts";

export const keyGroups: readonly CommandGroup[] = [
  { name: "keys", aliases: ["key", "access-keys"], summary: "Access keys of services and projects." },
];

const key = argument("the access key id, or its id, as keys list shows it");

export const keysList = defineCommand({
  name: "keys list",
  aliases: ["ls"],
  summary: "Lists the access keys of a service, newest first, without secrets.",
  arguments: {},
  options: { service, project: option("--project <project>", "of one project only") },
  examples: ["keys list", "keys list --project my-app --json"],
  next: ["keys create --bucket photos --access read-only"],
  operations: ["listAccessKeys"],
});

export const keysCreate = defineCommand({
  name: "keys create",
  summary: "Issues an access key. Its secret is shown this once.",
  about:
    "read-objects: objects and their list. read-only: and how buckets are set up. read-write: and change objects. full: all that the service may. Without --bucket and --project, in every bucket of the service.",
  arguments: {},
  options: {
    service,
    project: option("--project <project>", "for the buckets of this project"),
    description: option("-d, --description <text>", "what it is for"),
    ...scopeOptions,
    expires: option("--expires <time>", "30d, or 2030-01-31; without it, never", when),
    ...secretFileOptions,
  },
  examples: [
    "keys create --bucket photos --access read-only -d 'backup script'",
    "keys create --project my-app --expires 30d",
    "keys create --bucket photos --prefix in/ --dotenv photos.env",
  ],
  next: ["keys list", "keys rotate ID"],
  operations: ["createAccessKey", "getS3Config"],
});

export const keysShow = defineCommand({
  name: "keys show",
  summary: "Shows one access key: what it may do, and when it was used last.",
  arguments: { key },
  options: { service },
  examples: ["keys show ID", "keys show ID --json"],
  operations: ["listAccessKeys"],
});

export const keysRotate = defineCommand({
  name: "keys rotate",
  summary: "Issues a key in the place of another, which goes on for a while.",
  arguments: { key },
  options: {
    service,
    grace: optionOr("--grace <duration>", "how long the old one works: 1h, 0", "24h", durationSeconds),
    ...secretFileOptions,
  },
  examples: ["keys rotate ID", "keys rotate ID --grace 1h --dotenv new.env"],
  next: ["keys list"],
  operations: ["rotateAccessKey", "listAccessKeys", "getS3Config"],
});

export const keysRevoke = defineCommand({
  name: "keys revoke",
  aliases: ["delete", "rm", "remove"],
  summary: "Revokes an access key: from the next request on, it opens nothing.",
  arguments: { key },
  options: {
    service,
    dryRun: flag("--dry-run", "say what would go, and change nothing"),
    force: flag("-f, --force", "do not ask"),
  },
  examples: ["keys revoke ID --dry-run", "keys revoke ID -f"],
  isDestructive: true,
  operations: ["deleteAccessKey", "listAccessKeys"],
});

export const keysSession = defineCommand({
  name: "keys session",
  summary: "Issues temporary credentials, which end by themselves.",
  about: "Nothing is stored for them, so they are on no list. What takes them needs the session token as well.",
  arguments: {},
  options: {
    service,
    ...scopeOptions,
    duration: optionOr("--duration <duration>", "15m to 12h", "1h", durationSeconds),
    ...secretFileOptions,
  },
  examples: ["keys session --bucket photos --access read-only", "keys session --duration 15m --dotenv session.env"],
  operations: ["createS3Session", "getS3Config"],
});

export const keyCommands: readonly AnyCommand[] = [
  withCode(keysList, async () => (await import("./keys-list.ts")).run),
  withCode(keysCreate, async () => (await import("./keys-create.ts")).run),
  withCode(keysShow, async () => (await import("./keys-show.ts")).run),
  withCode(keysRotate, async () => (await import("./keys-rotate.ts")).run),
  withCode(keysRevoke, async () => (await import("./keys-revoke.ts")).run),
  withCode(keysSession, async () => (await import("./keys-session.ts")).run),
];
