import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import {
  choice,
  choiceOr,
  durationSeconds,
  flag,
  negativeFlag,
  option,
  optionalArgument,
  pair,
  repeated,
} from "../../command/options.ts";
import { secretOptions } from "./secret-options.ts";
import { id, service } from "./which-service.ts";

export const serviceGroups: readonly CommandGroup[] = [
  { name: "services", aliases: ["service", "svc"], summary: "S3 services: made, linked, watched, upgraded, removed." },
];

const engines = ["stave", "external", "rustfs", "minio", "custom"] as const;
const noWait = negativeFlag("--no-wait", "do not wait until it is done; print the job");
const set = repeated("-s, --set <key=value>", "a parameter", pair);
const parameters = option("--parameters <file>", "parameters as JSON, in a file; - is stdin");

export const servicesList = defineCommand({
  name: "services list",
  aliases: ["ls"],
  summary: "Lists the services.",
  arguments: {},
  options: {},
  examples: ["services list", "services list --json"],
  next: ["services show my-storage", "services create -t s3 -n my-storage"],
  operations: ["listServices"],
});

export const servicesShow = defineCommand({
  name: "services show",
  summary: "Shows one service: its endpoints, keys and parameters.",
  about: "The secret key is masked. --reveal shows it, and is written to the audit log.",
  arguments: { service },
  options: { id, reveal: flag("--reveal", "show the secret key") },
  examples: ["services show --id 1", "services show my-storage --reveal"],
  next: ["services link --id 1 --project my-app"],
  operations: ["getService", "getServiceBySlug", "revealServiceParameter"],
});

export const servicesCreate = defineCommand({
  name: "services create",
  summary: "Makes a service.",
  about:
    "Which parameters an engine takes: stave services types ENGINE. The secret key of an external service comes from a file, stdin or a question.",
  arguments: {},
  options: {
    type: choiceOr("-t, --type <type>", "the type of service", ["s3"], "s3"),
    name: option("-n, --name <name>", "what to call it"),
    engine: choice("--engine <engine>", "what serves it; stave is built in", engines),
    set,
    parameters,
    ...secretOptions,
    ifNotExists: flag("--if-not-exists", "one of this name will do"),
    noWait,
  },
  examples: ["services create -t s3 -n my-storage -y", "services create -n small -s quota_tier=10gb --if-not-exists"],
  next: ["services show --id ID", "services link --id ID --project my-app"],
  operations: ["createService", "getServiceBySlug", "getServiceTypeParameters", "getServiceProvider"],
});

export const servicesUpdate = defineCommand({
  name: "services update",
  summary: "Changes the name or parameters of a service.",
  about:
    "An empty value takes a parameter away: -s public_endpoint=. A service in a container may get a new one for it.",
  arguments: { service },
  options: { id, name: option("-n, --name <name>", "another name"), set, parameters, noWait },
  examples: [
    "services update my-storage -s quota_tier=100gb",
    "services update --id 1 -s public_endpoint=https://s3.example.com",
  ],
  operations: ["updateService", "getServiceTypeParameters", "getService"],
});

export const servicesStart = defineCommand({
  name: "services start",
  summary: "Serves again what was stopped.",
  arguments: { service },
  options: {
    id,
    allowEmptyVolume: flag("--allow-empty-volume", "also when its volume is gone, and all that it stored"),
    noWait,
  },
  examples: ["services start --id 1", "services start my-storage"],
  operations: ["startService"],
});

export const servicesStop = defineCommand({
  name: "services stop",
  summary: "Stops a service: nobody reaches it, and all that it stores is kept.",
  arguments: { service },
  options: { id, noWait },
  examples: ["services stop my-storage", "services stop my-storage --no-wait"],
  next: ["services start my-storage"],
  operations: ["stopService"],
});

export const servicesRestart = defineCommand({
  name: "services restart",
  summary: "Stops a service and starts it again.",
  arguments: { service },
  options: { id },
  examples: ["services restart my-storage", "services restart my-storage --quiet"],
  operations: ["stopService", "startService"],
});

export const servicesRotate = defineCommand({
  name: "services rotate",
  summary: "Gives a service new root credentials.",
  about:
    "The old ones of the built-in engine go on to work for --grace; those of a container end at once. An external service is given the pair that its own server has made.",
  arguments: { service },
  options: {
    id,
    grace: option("--grace <duration>", "how long the old ones still work; 1h when left out", durationSeconds),
    accessKey: option("--access-key <id>", "of an external service: its new access key"),
    ...secretOptions,
    testBucket: option("--test-bucket <bucket>", "of an external service: where to try them"),
  },
  examples: ["services rotate my-storage --grace 24h --yes", "services rotate --id 1 --yes --json"],
  next: ["services show my-storage --reveal", "links rotate my-storage --all"],
  operations: ["rotateService", "getService"],
});

export const servicesRemove = defineCommand({
  name: "services remove",
  aliases: ["rm", "delete"],
  summary: "Removes a service for good, with what it stores.",
  about: "Says what would go, and asks for its name. A linked service is refused whatever is said: unlink it first.",
  isDestructive: true,
  arguments: { service },
  options: {
    id,
    force: flag("-f, --force", "with all objects, and without asking"),
    withObjects: flag("--with-objects", "with all objects"),
    withBackups: flag("--with-backups", "with its backups, which are kept else"),
    volume: choice("--volume <what>", "of a service in a container: what becomes of its volume", ["keep", "remove"]),
    dryRun: flag("--dry-run", "only say what would go"),
    noWait,
  },
  examples: ["services remove my-storage --dry-run", "services remove --id 2 -f"],
  operations: ["deleteService", "listLinksOfService", "getUsage"],
});

export const servicesTypes = defineCommand({
  name: "services types",
  summary: "Lists the engines, or shows the parameters of one.",
  arguments: { engine: optionalArgument("stave, external, rustfs, minio or custom") },
  options: {},
  examples: ["services types", "services types rustfs"],
  next: ["services create -n my-storage --engine rustfs"],
  operations: ["listServiceProviders", "getServiceTypeParameters"],
});

export const servicesImportable = defineCommand({
  name: "services importable",
  summary: "Lists containers with S3 servers that could be imported.",
  arguments: {},
  options: {},
  examples: ["services importable", "services importable --json"],
  next: ["services import CONTAINER -n my-storage"],
  operations: ["listAvailableContainers"],
});

export const servicesImport = defineCommand({
  name: "services import",
  summary: "Makes a service of a container that is there already.",
  about: "It goes on as it is. Its root key is read from its environment, unless it is given.",
  arguments: { container: optionalArgument("its name or id, as services importable shows it") },
  options: {
    name: option("-n, --name <name>", "what to call it; as the container when left out"),
    engine: choice("--engine <engine>", "what it is, when that cannot be seen", ["rustfs", "minio", "custom"]),
    accessKey: option("--access-key <id>", "of its root key"),
    ...secretOptions,
    set,
    parameters,
  },
  examples: ["services import old-minio -n my-storage", "services import old-minio --json"],
  operations: ["importService", "listAvailableContainers"],
});

export const serviceCommands: readonly AnyCommand[] = [
  withCode(servicesList, async () => (await import("./services-list.ts")).run),
  withCode(servicesShow, async () => (await import("./services-show.ts")).run),
  withCode(servicesCreate, async () => (await import("./services-create.ts")).run),
  withCode(servicesUpdate, async () => (await import("./services-update.ts")).run),
  withCode(servicesStart, async () => (await import("./services-start.ts")).run),
  withCode(servicesStop, async () => (await import("./services-stop.ts")).run),
  withCode(servicesRestart, async () => (await import("./services-restart.ts")).run),
  withCode(servicesRotate, async () => (await import("./services-rotate.ts")).run),
  withCode(servicesRemove, async () => (await import("./services-remove.ts")).run),
  withCode(servicesTypes, async () => (await import("./services-types.ts")).run),
  withCode(servicesImportable, async () => (await import("./services-importable.ts")).run),
  withCode(servicesImport, async () => (await import("./services-import.ts")).run),
];
