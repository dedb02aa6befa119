import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, choice, flag, option, optionalArgument, optionOr } from "../../command/options.ts";

export const projectGroups: readonly CommandGroup[] = [
  { name: "projects", aliases: ["project"], summary: "Applications that use storage, and their environments." },
  { name: "projects environments", aliases: ["environment", "envs"], summary: "Where a project runs." },
];

const project = argument("the project: its slug or id");
const environment = optionOr("-e, --environment <environment>", "of the project", "production", (text) => text);

export const projectsList = defineCommand({
  name: "projects list",
  aliases: ["ls"],
  summary: "Lists the projects.",
  arguments: {},
  options: {},
  examples: ["projects list", "projects list --json"],
  next: ["projects show my-app", "projects create my-app"],
  operations: ["listProjects"],
});

export const projectsCreate = defineCommand({
  name: "projects create",
  summary: "Creates a project, with the environment production.",
  arguments: { name: optionalArgument("what to call it") },
  options: {
    name: option("-n, --name <name>", "likewise"),
    slug: option("--slug <slug>", "for addresses and buckets; made of the name when left out"),
    ifNotExists: flag("--if-not-exists", "one of this slug will do"),
  },
  examples: ["projects create my-app --if-not-exists", "projects create 'My Shop' --slug my-shop"],
  next: ["services link my-storage --project my-app"],
  operations: ["createProject", "getProject"],
});

export const projectsShow = defineCommand({
  name: "projects show",
  summary: "Shows one project, its environments and what it is linked to.",
  arguments: { project },
  options: {},
  examples: ["projects show my-app", "projects show my-app --json"],
  operations: ["getProject", "listLinksOfProject"],
});

export const projectsUpdate = defineCommand({
  name: "projects update",
  aliases: ["rename"],
  summary: "Renames a project. Its slug stays: buckets are named after it.",
  arguments: { project, name: argument("its new name") },
  options: {},
  examples: ["projects update my-app 'My App'", "projects rename my-app Shop --json"],
  operations: ["updateProject"],
});

export const projectsRemove = defineCommand({
  name: "projects remove",
  aliases: ["rm", "delete"],
  summary: "Removes a project that is linked to nothing. Its buckets stay.",
  about: "Access keys that are limited to it open nothing any more.",
  isDestructive: true,
  arguments: { project },
  options: { dryRun: flag("--dry-run", "only say what would go") },
  examples: ["projects remove my-app --dry-run", "projects remove my-app --yes"],
  operations: ["deleteProject", "getProject", "listLinksOfProject"],
});

export const projectsLinks = defineCommand({
  name: "projects links",
  summary: "Lists what a project is linked to.",
  arguments: { project },
  options: {},
  examples: ["projects links my-app", "projects links my-app --json"],
  next: ["links show my-storage --project my-app"],
  operations: ["listLinksOfProject"],
});

export const projectsEnv = defineCommand({
  name: "projects env",
  summary: "Shows the variables of an environment, from everything that it is linked to.",
  about: "Secrets are masked. --reveal shows them, and is written to the audit log.",
  arguments: { project },
  options: {
    environment,
    format: choice("--format <format>", "how they are written", ["dotenv", "export", "json"]),
    reveal: flag("--reveal", "show the secrets"),
  },
  examples: ["projects env my-app", "projects env my-app --format export --reveal"],
  operations: ["listLinksOfProject", "getLinkEnvironment", "pullLinkEnvironment"],
});

export const projectsRedeploy = defineCommand({
  name: "projects redeploy",
  summary: "Lists where a project has to be deployed again, or says that it was.",
  about: "Stave deploys nothing itself: an application gets its variables when it is deployed.",
  arguments: { project },
  options: {
    environment: option("-e, --environment <environment>", "only of this one"),
    done: flag("--done", "it was: it runs with its variables as they are"),
  },
  examples: ["projects redeploy my-app", "projects redeploy my-app --done"],
  operations: ["listLinksOfProject", "confirmDeployed"],
});

export const projectsEnvironmentsList = defineCommand({
  name: "projects environments list",
  aliases: ["ls"],
  summary: "Lists the environments of a project.",
  arguments: { project },
  options: {},
  examples: ["projects environments list my-app", "projects environments list my-app --json"],
  operations: ["getProject"],
});

export const projectsEnvironmentsAdd = defineCommand({
  name: "projects environments add",
  aliases: ["create"],
  summary: "Adds an environment: each of its links has a bucket and a key of its own.",
  arguments: { project, name: argument("what to call it") },
  options: { ifNotExists: flag("--if-not-exists", "one of this name will do") },
  examples: ["projects environments add my-app staging --if-not-exists", "projects environments add my-app preview"],
  operations: ["createEnvironment", "getProject"],
});

export const projectsEnvironmentsRemove = defineCommand({
  name: "projects environments remove",
  aliases: ["rm", "delete"],
  summary: "Removes an environment that is not linked. Its buckets stay.",
  arguments: { project, name: argument("which") },
  options: {},
  examples: ["projects environments remove my-app staging --yes", "projects environments rm my-app staging -y --json"],
  operations: ["deleteEnvironment"],
});

export const projectCommands: readonly AnyCommand[] = [
  withCode(projectsList, async () => (await import("./projects-list.ts")).run),
  withCode(projectsCreate, async () => (await import("./projects-create.ts")).run),
  withCode(projectsShow, async () => (await import("./projects-show.ts")).run),
  withCode(projectsUpdate, async () => (await import("./projects-update.ts")).run),
  withCode(projectsRemove, async () => (await import("./projects-remove.ts")).run),
  withCode(projectsLinks, async () => (await import("./projects-links.ts")).run),
  withCode(projectsEnv, async () => (await import("./projects-env.ts")).run),
  withCode(projectsRedeploy, async () => (await import("./projects-redeploy.ts")).run),
  withCode(projectsEnvironmentsList, async () => (await import("./projects-environments-list.ts")).run),
  withCode(projectsEnvironmentsAdd, async () => (await import("./projects-environments-add.ts")).run),
  withCode(projectsEnvironmentsRemove, async () => (await import("./projects-environments-remove.ts")).run),
];
