import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { moment } from "../../command/moment.ts";
import { argument, flag, option, repeated, required } from "../../command/options.ts";

export const tokenGroups: readonly CommandGroup[] = [
  { name: "tokens", aliases: ["token"], summary: "Tokens for programs: what they may do, and until when." },
];

export const tokensList = defineCommand({
  name: "tokens list",
  aliases: ["ls"],
  summary: "Lists tokens that are not revoked: one's own, or everybody's.",
  arguments: {},
  options: {},
  examples: ["tokens list", "tokens list --json"],
  next: ["tokens create -n ci -p storage:read", "tokens revoke ID"],
  operations: ["listTokens"],
});

export const tokensCreate = defineCommand({
  name: "tokens create",
  summary: "Makes a token. It is shown this once.",
  about:
    "It may do no more than who makes it. Permissions: services, storage and backups each with :read, :write and others; an unknown one is refused with all that there are. stave whoami shows one's own.",
  arguments: {},
  options: {
    name: required("-n, --name <name>", "what it is for"),
    permission: repeated("-p, --permission <permission>", "what it may do: storage:read", permissionList),
    expires: option("--expires <time>", "when it ends: 30d, or 2030-01-31T12:00:00Z", moment),
    secretFile: option("--secret-file <file>", "write it to this new file, and do not show it"),
  },
  examples: [
    "tokens create -n ci -p services:read,storage:write --expires 90d",
    "tokens create -n backup -p backups:create --secret-file backup.token",
  ],
  next: ["login URL --token-stdin < FILE", "tokens revoke ID"],
  operations: ["createToken"],
});

export const tokensRevoke = defineCommand({
  name: "tokens revoke",
  aliases: ["remove", "rm", "delete"],
  summary: "Revokes a token at once.",
  arguments: { token: argument("its id, or its name") },
  options: {
    force: flag("-f, --force", "do not ask"),
    dryRun: flag("--dry-run", "show which, and change nothing"),
  },
  examples: ["tokens revoke ci --dry-run", "tokens revoke ci --yes"],
  isDestructive: true,
  operations: ["listTokens", "revokeToken"],
});

/** One, or several with commas. */
function permissionList(text: string): readonly string[] {
  return text.split(",");
}

export const tokenCommands: readonly AnyCommand[] = [
  withCode(tokensList, async () => (await import("./tokens-list.ts")).run),
  withCode(tokensCreate, async () => (await import("./tokens-create.ts")).run),
  withCode(tokensRevoke, async () => (await import("./tokens-revoke.ts")).run),
];
