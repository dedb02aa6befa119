import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, option, required } from "../../command/options.ts";

export const noticeGroups: readonly CommandGroup[] = [
  {
    name: "notices",
    aliases: ["notice", "webhooks", "webhook"],
    summary: "Who is told of alerts, and of services that are down.",
  },
];

const webhook = argument("its id, or its name");

export const noticesList = defineCommand({
  name: "notices list",
  aliases: ["ls"],
  summary: "Lists the webhooks that are told, and how the last attempt went.",
  arguments: {},
  options: {},
  examples: ["notices list", "webhooks list --json"],
  next: ["notices create -n ops --to https://hooks.example.com/stave"],
  operations: ["listNoticeWebhooks"],
});

export const noticesCreate = defineCommand({
  name: "notices create",
  summary: "Tells a URL from now on, signed as Standard Webhooks are.",
  about: "The secret that notices are signed with is shown this once.",
  arguments: {},
  options: {
    name: required("-n, --name <name>", "what to call it"),
    to: required("--to <url>", "where notices are posted"),
    secretFile: option("--secret-file <file>", "write the secret to this new file, and do not show it"),
  },
  examples: [
    "notices create -n ops --to https://hooks.example.com/stave",
    "notices create -n ops --to https://hooks.example --secret-file ops.txt",
  ],
  next: ["notices test ops"],
  operations: ["createNoticeWebhook"],
});

export const noticesTest = defineCommand({
  name: "notices test",
  summary: "Sends a notice that says that it is a test; fails when it is not taken.",
  arguments: { webhook },
  options: {},
  examples: ["notices test ops", "notices test ops --json"],
  operations: ["listNoticeWebhooks", "testNoticeWebhook"],
});

export const noticesRemove = defineCommand({
  name: "notices remove",
  aliases: ["rm", "delete"],
  summary: "Tells it no more.",
  arguments: { webhook },
  options: {
    force: flag("-f, --force", "do not ask"),
    dryRun: flag("--dry-run", "show which, and change nothing"),
  },
  examples: ["notices remove ops --dry-run", "notices remove ops --yes"],
  isDestructive: true,
  operations: ["listNoticeWebhooks", "deleteNoticeWebhook"],
});

export const noticeCommands: readonly AnyCommand[] = [
  withCode(noticesList, async () => (await import("./notices-list.ts")).run),
  withCode(noticesCreate, async () => (await import("./notices-create.ts")).run),
  withCode(noticesTest, async () => (await import("./notices-test.ts")).run),
  withCode(noticesRemove, async () => (await import("./notices-remove.ts")).run),
];
