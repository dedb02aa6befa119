import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, flag, option, optionalArgument } from "../../command/options.ts";

export const contextGroups: readonly CommandGroup[] = [
  { name: "context", aliases: ["contexts"], summary: "Which Stave is used." },
  { name: "config", summary: "What is set, and where." },
];

export const login = defineCommand({
  name: "login",
  summary: "Signs in to a Stave, and remembers it.",
  about: "The token is asked for, or read from stdin: on the command line others could read it.",
  arguments: { url: optionalArgument("where its API is; http://127.0.0.1:7400 when left out") },
  options: {
    name: option("--name <name>", "how to call it; its host when left out"),
    tokenStdin: flag("--token-stdin", "read the token from stdin"),
  },
  examples: ["login", "login https://stave.example.com --token-stdin < token.txt"],
  next: ["whoami", "services list"],
  operations: ["getSession"],
});

export const logout = defineCommand({
  name: "logout",
  summary: "Forgets the token of a context.",
  about: "The token itself stays valid until it is revoked: stave tokens revoke ID.",
  arguments: {},
  options: {},
  examples: ["logout", "logout --context stave.example.com"],
  operations: [],
});

export const whoami = defineCommand({
  name: "whoami",
  summary: "Says who one is to this Stave, and what one may do.",
  arguments: {},
  options: {},
  examples: ["whoami", "whoami --json"],
  operations: ["getSession"],
});

export const contextList = defineCommand({
  name: "context list",
  aliases: ["ls"],
  summary: "Lists what was signed in to.",
  arguments: {},
  options: {},
  examples: ["context list", "context list --json"],
  next: ["context use NAME"],
  operations: [],
});

export const contextUse = defineCommand({
  name: "context use",
  summary: "Uses another one from now on.",
  arguments: { name: argument("as context list shows it") },
  options: {},
  examples: ["context use stave.example.com", "context use local"],
  operations: [],
});

export const contextRemove = defineCommand({
  name: "context remove",
  aliases: ["rm"],
  summary: "Forgets one, with its token.",
  arguments: { name: argument("as context list shows it") },
  options: {},
  examples: ["context remove old.example.com", "context rm local"],
  operations: [],
});

export const configShow = defineCommand({
  name: "config show",
  summary: "Shows what is set, and where each value comes from.",
  arguments: {},
  options: {},
  examples: ["config show", "config show --json"],
  operations: [],
});

export const contextCommands: readonly AnyCommand[] = [
  withCode(login, async () => (await import("./login.ts")).run),
  withCode(logout, async () => (await import("./logout.ts")).run),
  withCode(whoami, async () => (await import("./whoami.ts")).run),
  withCode(contextList, async () => (await import("./context-list.ts")).run),
  withCode(contextUse, async () => (await import("./context-use.ts")).run),
  withCode(contextRemove, async () => (await import("./context-remove.ts")).run),
  withCode(configShow, async () => (await import("./config-show.ts")).run),
];
