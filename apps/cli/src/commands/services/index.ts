import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { choiceOr, flag, integer, negativeFlag, option, pair, repeated, required } from "../../command/options.ts";

export const serviceGroups: readonly CommandGroup[] = [
  { name: "services", aliases: ["service", "svc"], summary: "S3 services: made, linked, watched, upgraded, removed." },
];

const id = required("--id <id>", "the service, as services list shows it", integer({ from: 1, to: 2_147_483_647 }));

export const servicesList = defineCommand({
  name: "services list",
  aliases: ["ls"],
  summary: "Lists the services.",
  arguments: {},
  options: {},
  examples: ["services list", "services list --json"],
  next: ["services show --id 1", "services create -t s3 -n my-storage"],
  operations: ["listServices"],
});

export const servicesShow = defineCommand({
  name: "services show",
  summary: "Shows one service: its endpoints, keys and parameters.",
  about: "The secret key is masked. --reveal shows it, and is written to the audit log.",
  arguments: {},
  options: { id, reveal: flag("--reveal", "show the secret key") },
  examples: ["services show --id 1", "services show --id 1 --reveal"],
  next: ["services link --id 1 --project my-app"],
  operations: ["getService", "revealServiceParameter"],
});

export const servicesCreate = defineCommand({
  name: "services create",
  summary: "Makes a service.",
  about: "Which parameters an engine takes: stave services types.",
  arguments: {},
  options: {
    type: choiceOr("-t, --type <type>", "the type of service", ["s3"], "s3"),
    name: option("-n, --name <name>", "what to call it"),
    engine: option("--engine <engine>", "stave (built in), external, rustfs, minio or custom"),
    set: repeated("-s, --set <key=value>", "a parameter", pair),
    ifNotExists: flag("--if-not-exists", "one of this name will do"),
    noWait: negativeFlag("--no-wait", "do not wait until it runs; print the job"),
  },
  examples: ["services create -t s3 -n my-storage -y", "services create -n small -s quota_tier=10gb --if-not-exists"],
  next: ["services show --id ID", "services link --id ID --project my-app"],
  operations: ["createService", "getServiceBySlug"],
});

export const serviceCommands: readonly AnyCommand[] = [
  withCode(servicesList, async () => (await import("./services-list.ts")).run),
  withCode(servicesShow, async () => (await import("./services-show.ts")).run),
  withCode(servicesCreate, async () => (await import("./services-create.ts")).run),
];
