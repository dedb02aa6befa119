import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, choice, choiceOr, flag, oneOf, option, required } from "../../command/options.ts";

export const userGroups: readonly CommandGroup[] = [
  { name: "users", aliases: ["user"], summary: "Who may sign in, and with which role." },
];

const roles = ["admin", "member", "viewer"] as const;
const user = argument("their e-mail address, or their id");
const password = {
  passwordStdin: flag("--password-stdin", "read the password from stdin"),
  passwordFile: option("--password-file <file>", "read the password from this file"),
};
const aboutPasswords =
  "The password is asked for, or read from stdin or a file: on the command line others could read it. It has at least 12 characters.";

export const usersList = defineCommand({
  name: "users list",
  aliases: ["ls"],
  summary: "Lists who may sign in.",
  arguments: {},
  options: {},
  examples: ["users list", "users list --json"],
  next: ["users create ann@example.com --name Ann --role member"],
  operations: ["listUsers"],
});

export const usersShow = defineCommand({
  name: "users show",
  summary: "Shows one user.",
  arguments: { user },
  options: {},
  examples: ["users show ann@example.com", "users show ann@example.com --json"],
  operations: ["listUsers", "getUser"],
});

export const usersCreate = defineCommand({
  name: "users create",
  summary: "Adds somebody who may sign in with a password.",
  about: aboutPasswords,
  arguments: { email: argument("their e-mail address") },
  options: {
    name: required("-n, --name <name>", "what they are called"),
    role: choiceOr("--role <role>", "what they may do", roles, "viewer"),
    ...password,
    ifNotExists: flag("--if-not-exists", "somebody of this address will do"),
  },
  examples: [
    "users create ann@example.com -n Ann --password-stdin < password.txt",
    "users create bob@example.com -n Bob --password-file password.txt",
  ],
  next: ["users role ann@example.com admin"],
  operations: ["createUser", "listUsers"],
});

export const usersSetup = defineCommand({
  name: "users setup",
  summary: "Makes the first user, an admin, with the administrator token of the first start.",
  about: aboutPasswords,
  arguments: { email: argument("their e-mail address") },
  options: { name: required("-n, --name <name>", "what they are called"), ...password },
  examples: [
    "users setup ann@example.com -n Ann --password-stdin < password.txt",
    "users setup ann@example.com -n Ann --password-file password.txt",
  ],
  next: ["users list", "tokens list"],
  operations: ["setUp"],
});

export const usersUpdate = defineCommand({
  name: "users update",
  summary: "Changes what somebody is called, or what they may do.",
  arguments: { user },
  options: {
    name: option("-n, --name <name>", "what they are called"),
    role: choice("--role <role>", "what they may do", roles),
  },
  examples: ["users update ann@example.com --name Anna", "users update ann@example.com --role viewer --json"],
  operations: ["listUsers", "changeUser"],
});

export const usersRole = defineCommand({
  name: "users role",
  summary: "Gives somebody another role.",
  about: "A viewer reads, a member also works with services and data, an admin also decides about people and settings.",
  arguments: { user, role: argument(`one of ${roles.join(", ")}`, oneOf(roles)) },
  options: {},
  examples: ["users role ann@example.com admin", "users role ann@example.com viewer"],
  operations: ["listUsers", "changeUser"],
});

export const usersPassword = defineCommand({
  name: "users password",
  summary: "Gives somebody another password, and ends their sessions.",
  about: aboutPasswords,
  arguments: { user },
  options: password,
  examples: [
    "users password ann@example.com --password-stdin < password.txt",
    "users password ann@example.com --password-file password.txt",
  ],
  operations: ["listUsers", "changeUser"],
});

export const usersDisable = defineCommand({
  name: "users disable",
  summary: "Keeps somebody out, and ends their sessions; their tokens are refused.",
  arguments: { user },
  options: {},
  examples: ["users disable ann@example.com", "users disable ann@example.com --json"],
  next: ["users enable ann@example.com"],
  operations: ["listUsers", "changeUser"],
});

export const usersEnable = defineCommand({
  name: "users enable",
  summary: "Lets somebody in again.",
  arguments: { user },
  options: {},
  examples: ["users enable ann@example.com", "users enable ann@example.com --json"],
  operations: ["listUsers", "changeUser"],
});

export const usersRemove = defineCommand({
  name: "users remove",
  aliases: ["rm", "delete"],
  summary: "Removes somebody, with their sessions and tokens.",
  arguments: { user },
  options: {
    force: flag("-f, --force", "do not ask"),
    dryRun: flag("--dry-run", "show who, and change nothing"),
  },
  examples: ["users remove ann@example.com --dry-run", "users remove ann@example.com --yes"],
  isDestructive: true,
  operations: ["listUsers", "listTokens", "removeUser"],
});

export const userCommands: readonly AnyCommand[] = [
  withCode(usersList, async () => (await import("./users-list.ts")).run),
  withCode(usersShow, async () => (await import("./users-show.ts")).run),
  withCode(usersCreate, async () => (await import("./users-create.ts")).run),
  withCode(usersSetup, async () => (await import("./users-setup.ts")).run),
  withCode(usersUpdate, async () => (await import("./users-update.ts")).run),
  withCode(usersRole, async () => (await import("./users-role.ts")).run),
  withCode(usersPassword, async () => (await import("./users-password.ts")).run),
  withCode(usersDisable, async () => (await import("./users-disable.ts")).run),
  withCode(usersEnable, async () => (await import("./users-enable.ts")).run),
  withCode(usersRemove, async () => (await import("./users-remove.ts")).run),
];
