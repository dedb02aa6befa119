import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { flag, option } from "../../command/options.ts";

export const mcpGroups: readonly CommandGroup[] = [];

export const mcp = defineCommand({
  name: "mcp",
  summary: "Serves a coding assistant over stdin and stdout (Model Context Protocol).",
  about:
    "It reads, unless more is allowed. No answer holds a secret, and every call is in the audit log with the name of the assistant. How to set it up: docs/agents.md",
  arguments: {},
  options: {
    allowWrites: flag("--allow-writes", "also make buckets, objects, keys and links, and rotate"),
    allowDestructive: flag("--allow-destructive", "also delete objects, buckets, keys and services"),
    directory: option(
      "--directory <dir>",
      "below it are files with secrets that it makes; the current one when left out",
    ),
  },
  examples: ["mcp < /dev/null", "mcp --allow-writes --directory . < /dev/null"],
  // What its tools use has commands of its own for people: it counts for none of them.
  operations: [],
});

export const mcpCommands: readonly AnyCommand[] = [withCode(mcp, async () => (await import("./mcp.ts")).run)];
