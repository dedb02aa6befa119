import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { choiceOr, option } from "../../command/options.ts";

export const usageCommand = defineCommand({
  name: "usage",
  summary: "Shows what is stored by the built-in engine, or what was asked of it by key.",
  about: "By key: requests and bytes since the gateway began to count.",
  arguments: {},
  options: {
    by: choiceOr("--by <what>", "a line for each", ["service", "project", "bucket", "key"], "service"),
    service: option("--service <service>", "of one only, with --by bucket: its id, or its name"),
  },
  examples: ["usage", "usage --by bucket --service my-storage", "usage --by key --json"],
  operations: ["getUsage", "listBucketUsage", "listKeyUsage", "getService", "getServiceBySlug"],
});

export const usageCommands: readonly AnyCommand[] = [
  withCode(usageCommand, async () => (await import("./usage.ts")).run),
];
