import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { flag, integer, option, repeated } from "../../command/options.ts";

export const status = defineCommand({
  name: "status",
  summary: "Says whether Stave is up, what there is, and what needs attention.",
  arguments: {},
  options: { exitCode: flag("--exit-code", "exit with 1 when something needs attention") },
  examples: ["status", "status --json"],
  next: ["doctor", "services list"],
  operations: [
    "getStatus",
    "getSession",
    "listServices",
    "getServiceHealthBatch",
    "getUsage",
    "listProjects",
    "listJobs",
    "listServiceAlerts",
    "getServiceRuntime",
  ],
});

export const events = defineCommand({
  name: "events",
  summary: "Shows what happens, as it happens: jobs, services, containers and alerts.",
  about: "Until Ctrl-C. Each has an id; --after goes on behind one, as long as it is among the newest 10,000.",
  arguments: {},
  options: {
    type: repeated("--type <type>", "only these: job, or service for all that begin with it"),
    after: option("--after <id>", "from the one behind this, instead of from now", integer()),
    count: option("--count <n>", "end after so many", integer({ from: 1 })),
  },
  examples: ["events --after 0 --count 1 --json", "events --type job --after 0 --count 1"],
  operations: ["streamEvents"],
});

export const statusCommands: readonly AnyCommand[] = [
  withCode(status, async () => (await import("./status.ts")).run),
  withCode(events, async () => (await import("./events.ts")).run),
];
