import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, integer, option, optionOr } from "../../command/options.ts";

export const jobGroups: readonly CommandGroup[] = [
  { name: "jobs", aliases: ["job"], summary: "What takes longer: how far it is, and how it ended." },
];

export const jobsList = defineCommand({
  name: "jobs list",
  aliases: ["ls"],
  summary: "Lists jobs, newest first.",
  arguments: {},
  options: {
    limit: optionOr("--limit <n>", "how many", "20", integer({ from: 1, to: 1000 })),
    subject: option("--subject <subject>", "of one thing only: service:10"),
  },
  examples: ["jobs list", "jobs list --subject service:1 --json"],
  next: ["jobs watch ID"],
  operations: ["listJobs"],
});

export const jobsShow = defineCommand({
  name: "jobs show",
  summary: "Shows one job: its steps, and how it ended.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs show ID", "jobs show ID --json"],
  operations: ["getJob"],
});

export const jobsWatch = defineCommand({
  name: "jobs watch",
  summary: "Waits for a job; exits as the job has ended.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs watch ID", "jobs watch ID --json"],
  operations: ["getJob"],
});

export const jobsCancel = defineCommand({
  name: "jobs cancel",
  summary: "Calls a job off that has not begun.",
  arguments: { id: argument("as jobs list shows it") },
  options: {},
  examples: ["jobs cancel ID", "jobs cancel ID --json"],
  operations: ["cancelJob"],
});

export const jobCommands: readonly AnyCommand[] = [
  withCode(jobsList, async () => (await import("./jobs-list.ts")).run),
  withCode(jobsShow, async () => (await import("./jobs-show.ts")).run),
  withCode(jobsWatch, async () => (await import("./jobs-watch.ts")).run),
  withCode(jobsCancel, async () => (await import("./jobs-cancel.ts")).run),
];
