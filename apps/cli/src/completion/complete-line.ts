import { type CommandTree, globalOptions } from "../command/create-program.ts";
import type { AnyCommand, CommandGroup } from "../command/define-command.ts";

/** A word that may follow, and what it is. */
export type Candidate = { readonly word: string; readonly about: string };

/** What may stand where the cursor is. */
export type Completion = {
  readonly candidates: readonly Candidate[];
  /** Names of things that the server, or the settings, know: `project`, or `services.id` for an argument of a group. */
  readonly values?: string;
  /** Files of this machine will do. */
  readonly isFile: boolean;
  /** What stands before the value in the same word: `--project=`. */
  readonly before: string;
};

type Flag = { readonly names: readonly string[]; readonly value: string | undefined; readonly about: string };

type Place = {
  readonly group: CommandGroup | undefined;
  readonly command: AnyCommand | undefined;
  /** How many arguments of the command there are before the cursor. */
  readonly given: number;
  /** An option that waits for its value. */
  readonly waiting: string | undefined;
  /** After `--` nothing is an option. */
  readonly isPastOptions: boolean;
};

const nothing: Completion = { candidates: [], isFile: false, before: "" };

/** `words` are those after `stave` and before the cursor; `current` is what the cursor is at the end of. */
export function completeLine(tree: CommandTree, words: readonly string[], current: string): Completion {
  const place = findPlace(tree, words);
  const { command, waiting, isPastOptions } = place;
  if (command?.isUntouched === true) return { ...nothing, isFile: true };
  if (waiting !== undefined) return optionValue(waiting, place, "");
  const [, before, name] = /^((--[a-z][a-z-]*)=)/.exec(current) ?? [];
  if (name !== undefined && !isPastOptions) return optionValue(name, place, before ?? "");
  if (current.startsWith("-") && !isPastOptions) {
    const flags = flagsOf(command).flatMap(({ names, about }) => names.map((word) => ({ word, about })));
    return { ...nothing, candidates: flags.filter(({ word }) => word.startsWith("--") || current === "-") };
  }
  if (command !== undefined) return argumentOf(command, place);
  return { ...nothing, candidates: wordsBelow(tree, place.group) };
}

function findPlace(tree: CommandTree, words: readonly string[]): Place {
  let group: CommandGroup | undefined;
  let command: AnyCommand | undefined;
  let given = 0;
  let waiting: string | undefined;
  let isPastOptions = false;
  for (const word of words) {
    if (waiting !== undefined) waiting = undefined;
    else if (word === "--" && command !== undefined) isPastOptions = true;
    else if (word.startsWith("-") && !isPastOptions) {
      const flag = flagsOf(command).find(({ names }) => names.includes(word));
      waiting = flag?.value === undefined ? undefined : word;
    } else if (command !== undefined) given += 1;
    else {
      command = findCommand(tree, group, word);
      const below = command === undefined ? findGroup(tree, group, word) : undefined;
      if (command === undefined && below === undefined) break;
      group = below ?? group;
    }
  }
  return { group, command, given, waiting, isPastOptions };
}

function findGroup({ groups }: CommandTree, above: CommandGroup | undefined, word: string): CommandGroup | undefined {
  return groups.find((group) => isBelow(group.name, above) && isCalled(group, word));
}

function findCommand({ commands }: CommandTree, above: CommandGroup | undefined, word: string): AnyCommand | undefined {
  return commands.find((command) => isBelow(command.name, above) && isCalled(command, word));
}

function isBelow(name: string, above: CommandGroup | undefined): boolean {
  return name.split(" ").slice(0, -1).join(" ") === (above?.name ?? "");
}

function isCalled(
  { name, aliases = [] }: { readonly name: string; readonly aliases?: readonly string[] },
  word: string,
): boolean {
  return lastWord(name) === word || aliases.includes(word);
}

function lastWord(name: string): string {
  return name.split(" ").at(-1) ?? "";
}

function wordsBelow({ groups, commands }: CommandTree, above: CommandGroup | undefined): readonly Candidate[] {
  const found = new Map<string, string>();
  for (const { name, summary } of [...commands, ...groups]) {
    if (isBelow(name, above) && !found.has(lastWord(name))) found.set(lastWord(name), summary);
  }
  if (above === undefined) found.set("help", "Says how something is used.");
  return Array.from(found, ([word, about]) => ({ word, about }));
}

function flagsOf(command: AnyCommand | undefined): readonly Flag[] {
  const own = Object.values(command?.options ?? {}).map(({ flags, about }) => readFlags(flags, about));
  return [
    ...own,
    ...globalOptions.map(([flags, about]) => readFlags(flags, about)),
    readFlags("-h, --help", "how it is used"),
  ];
}

/** `-n, --name <name>` */
function readFlags(flags: string, about: string): Flag {
  const words = flags.split(/[ ,]+/);
  return {
    names: words.filter((word) => word.startsWith("-")),
    value: words.find((word) => word.startsWith("<")),
    about,
  };
}

function optionValue(flagName: string, { command, group }: Place, before: string): Completion {
  const option = Object.values(command?.options ?? {}).find(({ flags, about }) =>
    readFlags(flags, about).names.includes(flagName),
  );
  const { names, value } = flagsOf(command).find((flag) => flag.names.includes(flagName)) ?? { names: [], value: "" };
  const choices = option?.choices ?? [];
  const long = names.find((name) => name.startsWith("--")) ?? flagName;
  return {
    candidates: choices.map((word) => ({ word, about: "" })),
    values: `${firstWord(group)}${long}`,
    isFile: /<(file|dir|path)/.test(value ?? ""),
    before,
  };
}

function argumentOf({ arguments: expected }: AnyCommand, { given, group }: Place): Completion {
  const entries = Object.entries(expected);
  const last = entries.at(-1);
  const [name, argument] = entries[given] ?? (last?.[1].isVariadic === true ? last : []);
  if (name === undefined || argument === undefined) return nothing;
  const { choices } = argument;
  return {
    candidates: (choices ?? []).map((word) => ({ word, about: "" })),
    values: `${firstWord(group)}.${name}`,
    isFile: choices === undefined,
    before: "",
  };
}

function firstWord(group: CommandGroup | undefined): string {
  return group?.name.split(" ")[0] ?? "";
}
