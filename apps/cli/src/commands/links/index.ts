import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { choice, choiceOr, durationSeconds, flag, negativeFlag, option, required } from "../../command/options.ts";
import { id, service } from "../services/which-service.ts";
import { environment, project } from "./which-link.ts";

export const linkGroups: readonly CommandGroup[] = [
  { name: "links", aliases: ["link"], summary: "What gives an application a bucket, a key and variables." },
  { name: "sinks", aliases: ["sink"], summary: "Where the variables of a link are brought." },
];

const noWait = negativeFlag("--no-wait", "do not wait until it is done; print the job");
const grace = option("--grace <duration>", "how long the old key still works; 24h when left out", durationSeconds);
const prefix = option("--prefix <prefix>", "of the variables: ASSETS makes ASSETS_S3_ENDPOINT");
const endpoint = choice("--endpoint <endpoint>", "which address the variables name", ["internal", "network", "public"]);

export const servicesLink = defineCommand({
  name: "services link",
  summary: "Links a project to a service: with a bucket of its own, and a key that opens nothing else.",
  about:
    "One that is linked already is left as it is. The application gets its variables when it is deployed the next time: stave services env, or a sink.",
  arguments: { service },
  options: {
    id,
    project,
    environment,
    prefix,
    endpoint,
    useServiceCredentials: flag(
      "--use-service-credentials",
      "the key that opens all of it, for engines that make no others",
    ),
    createProject: flag("--create-project", "make the project when it is not there"),
    noWait,
  },
  examples: ["services link --id 1 --project my-app", "services link my-storage --project my-app --create-project"],
  next: [
    "services env --id 1 --project my-app",
    "sinks create my-storage --project my-app --kind dotenv --path my-app.env",
  ],
  operations: ["linkProject", "getLink", "createProject", "getProject", "createEnvironment"],
});

export const servicesUnlink = defineCommand({
  name: "services unlink",
  summary: "Unlinks a project: its keys are refused from then on. The bucket stays, with all objects.",
  arguments: { service },
  options: { id, project, environment, noWait },
  examples: [
    "services unlink --id 1 --project my-app",
    "services unlink my-storage --project my-app --environment staging",
  ],
  operations: ["unlinkProject"],
});

export const servicesEnv = defineCommand({
  name: "services env",
  summary: "Shows the variables that an application gets.",
  about:
    "Secrets are masked. --reveal shows them, as a file that can be used as it is, and is written to the audit log. --preview shows what a link would inject; --names needs no project.",
  arguments: { service },
  options: {
    id,
    project: option("-p, --project <project>", "the project: its slug or id"),
    environment,
    format: choice("--format <format>", "how they are written", ["dotenv", "export", "json", "k8s"]),
    reveal: flag("--reveal", "show the secrets"),
    variable: option("--variable <name>", "the value of this one only"),
    preview: flag("--preview", "of a link that is not there yet"),
    names: flag("--names", "only what they are called"),
    prefix,
    endpoint,
  },
  examples: [
    "services env --id 1 --project my-app",
    "services env my-storage --project my-app --format dotenv --reveal",
  ],
  next: ["sinks create my-storage --project my-app --kind dotenv --path my-app.env"],
  operations: [
    "getLinkEnvironment",
    "revealLinkVariable",
    "pullLinkEnvironment",
    "previewEnvironmentNames",
    "previewEnvironmentMasked",
  ],
});

export const linksList = defineCommand({
  name: "links list",
  aliases: ["ls"],
  summary: "Lists the links of a service, of a project, or all.",
  arguments: { service },
  options: {
    id,
    project: option("-p, --project <project>", "only of this project"),
    stale: flag("--stale", "only where the application has to be redeployed"),
  },
  examples: ["links list", "links list --project my-app --json"],
  next: ["links show my-storage --project my-app"],
  operations: ["listLinksOfService", "listLinksOfProject", "listProjects"],
});

export const linksShow = defineCommand({
  name: "links show",
  summary: "Shows one link: its bucket, its key, its sinks, and whether to redeploy.",
  arguments: { service },
  options: { id, project, environment },
  examples: ["links show my-storage --project my-app", "links show --id 1 --project my-app --json"],
  operations: ["getLink"],
});

export const linksUpdate = defineCommand({
  name: "links update",
  summary: "Changes the prefix of the variables, or which address they name. Sinks are written again.",
  arguments: { service },
  options: { id, project, environment, prefix, endpoint },
  examples: [
    "links update my-storage --project my-app --prefix ASSETS",
    "links update --id 1 --project my-app --endpoint public",
  ],
  operations: ["updateLink"],
});

export const linksRotate = defineCommand({
  name: "links rotate",
  summary: "Gives a link a new key, or every link of a service.",
  about:
    "The old key works for --grace, and is refused then. Sinks have the new one at once; without one the application has to be redeployed.",
  arguments: { service },
  options: {
    id,
    project: option("-p, --project <project>", "the project: its slug or id"),
    environment,
    all: flag("--all", "every link of the service"),
    grace,
    noWait,
  },
  examples: ["links rotate my-storage --project my-app", "links rotate --id 1 --all --grace 48h"],
  next: ["links list --stale"],
  operations: ["rotateLink", "rotateLinksOfService", "getLink"],
});

export const linksRetire = defineCommand({
  name: "links retire",
  summary: "Revokes the key before the last rotation now.",
  arguments: { service },
  options: { id, project, environment, noWait },
  examples: ["links retire my-storage --project my-app", "links retire --id 1 --project my-app --no-wait"],
  operations: ["retireLinkKey", "getLink"],
});

export const linksDeployed = defineCommand({
  name: "links deployed",
  summary: "Says that an application runs with its variables as they are now.",
  arguments: { service },
  options: {
    id,
    project,
    environment,
    revision: option("--revision <revision>", "the one that it runs with; the present one when left out"),
  },
  examples: ["links deployed my-storage --project my-app", "links deployed --id 1 --project my-app --json"],
  operations: ["confirmDeployed", "getLink"],
});

export const linksCredentials = defineCommand({
  name: "links credentials",
  summary: "For deployers: all variables in plain, and the bucket made again when it is gone.",
  about: "It is written to the audit log, and needs --reveal.",
  arguments: { service },
  options: { id, project, environment, reveal: flag("--reveal", "show the secrets") },
  examples: [
    "links credentials my-storage --project my-app --reveal",
    "links credentials --id 1 --project my-app --reveal --json",
  ],
  operations: ["issueRuntimeCredentials"],
});

export const sinksList = defineCommand({
  name: "sinks list",
  aliases: ["ls"],
  summary: "Lists where the variables of a link are brought, and whether they are there.",
  arguments: { service },
  options: { id, project, environment },
  examples: ["sinks list my-storage --project my-app", "sinks list --id 1 --project my-app --json"],
  next: ["sinks create my-storage --project my-app --kind dotenv --path my-app.env"],
  operations: ["getLink"],
});

export const sinksCreate = defineCommand({
  name: "sinks create",
  summary: "Brings the variables of a link somewhere, now and whenever they change.",
  about: "The secret that a webhook is signed with is printed this once.",
  arguments: { service },
  options: {
    id,
    project,
    environment,
    kind: choiceOr("--kind <kind>", "what it is", ["dotenv", "kubernetes", "webhook"], "dotenv"),
    path: option("--path <path>", "dotenv: the file, below the folder of the api for them"),
    namespace: option("--namespace <namespace>", "kubernetes: of the Secret"),
    name: option("--name <name>", "kubernetes: of the Secret"),
    format: choice("--format <format>", "kubernetes: its keys", ["variables", "flat", "aws", "obc"]),
    force: flag("--force", "kubernetes: take over what somebody else has set"),
    to: option("--to <url>", "webhook: where"),
    includeValues: flag("--include-values", "webhook: with the values, not only that they changed"),
    noWait,
  },
  examples: [
    "sinks create my-storage --project my-app --kind dotenv --path my-app.env",
    "sinks create --id 1 -p my-app --kind webhook --to https://example.com",
  ],
  next: ["sinks list my-storage --project my-app"],
  operations: ["createLinkSink", "getLink"],
});

export const sinksRender = defineCommand({
  name: "sinks render",
  aliases: ["test"],
  summary: "Writes all sinks of a link again, and says how that went.",
  arguments: { service },
  options: { id, project, environment, noWait },
  examples: ["sinks render my-storage --project my-app", "sinks test --id 1 --project my-app"],
  operations: ["renderLinkSinks", "getLink"],
});

export const sinksRemove = defineCommand({
  name: "sinks remove",
  aliases: ["rm"],
  summary: "Forgets a sink. What was written last stays there.",
  arguments: { service },
  options: { id, project, environment, sink: required("--sink <id>", "as sinks list shows it") },
  examples: ["sinks remove my-storage --project my-app --sink SINK", "sinks rm --id 1 --project my-app --sink SINK"],
  operations: ["deleteLinkSink"],
});

export const linkCommands: readonly AnyCommand[] = [
  withCode(servicesLink, async () => (await import("./services-link.ts")).run),
  withCode(servicesUnlink, async () => (await import("./services-unlink.ts")).run),
  withCode(servicesEnv, async () => (await import("./services-env.ts")).run),
  withCode(linksList, async () => (await import("./links-list.ts")).run),
  withCode(linksShow, async () => (await import("./links-show.ts")).run),
  withCode(linksUpdate, async () => (await import("./links-update.ts")).run),
  withCode(linksRotate, async () => (await import("./links-rotate.ts")).run),
  withCode(linksRetire, async () => (await import("./links-retire.ts")).run),
  withCode(linksDeployed, async () => (await import("./links-deployed.ts")).run),
  withCode(linksCredentials, async () => (await import("./links-credentials.ts")).run),
  withCode(sinksList, async () => (await import("./sinks-list.ts")).run),
  withCode(sinksCreate, async () => (await import("./sinks-create.ts")).run),
  withCode(sinksRender, async () => (await import("./sinks-render.ts")).run),
  withCode(sinksRemove, async () => (await import("./sinks-remove.ts")).run),
];
