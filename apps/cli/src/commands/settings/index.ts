import { type AnyCommand, type CommandGroup, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, oneOf } from "../../command/options.ts";

export const settingGroups: readonly CommandGroup[] = [
  { name: "settings", aliases: ["setting"], summary: "Settings of the server that can be changed while it runs." },
];

/** The API's names, as they are typed here. */
export const settingNames = { "max-file-size-mb": "maxFileSizeMb" } as const;

const setting = argument(
  `one of ${Object.keys(settingNames).join(", ")}`,
  oneOf(Object.keys(settingNames) as (keyof typeof settingNames)[]),
);

export const settingsShow = defineCommand({
  name: "settings show",
  aliases: ["list", "ls"],
  summary: "Shows the settings, and how people can sign in.",
  about:
    "max-file-size-mb: how much one upload through the API may have, in MiB. Identity providers are flags of the api: --oidc-issuer and others.",
  arguments: {},
  options: {},
  examples: ["settings show", "settings show --json"],
  next: ["settings set max-file-size-mb 1024"],
  operations: ["getStorageConfig", "getSignInMethods"],
});

export const settingsGet = defineCommand({
  name: "settings get",
  summary: "Prints one setting.",
  arguments: { name: setting },
  options: {},
  examples: ["settings get max-file-size-mb", "settings get max-file-size-mb --json"],
  operations: ["getStorageConfig"],
});

export const settingsSet = defineCommand({
  name: "settings set",
  summary: "Changes one setting.",
  arguments: { name: setting, value: argument("its new value") },
  options: {},
  examples: ["settings set max-file-size-mb 1024", "settings set max-file-size-mb 300 --json"],
  operations: ["getStorageConfig", "putStorageConfig"],
});

export const settingCommands: readonly AnyCommand[] = [
  withCode(settingsShow, async () => (await import("./settings-show.ts")).run),
  withCode(settingsGet, async () => (await import("./settings-get.ts")).run),
  withCode(settingsSet, async () => (await import("./settings-set.ts")).run),
];
