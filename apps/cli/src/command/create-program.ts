import { Command, CommanderError, Option as CommanderOption } from "commander";
import { CliError } from "./cli-error.ts";
import type { AnyCommand, CommandGroup } from "./define-command.ts";
import { InvalidValue, type Option } from "./options.ts";

export type CommandTree = { readonly groups: readonly CommandGroup[]; readonly commands: readonly AnyCommand[] };

const helpWidth = 80;

/** What was typed, read. */
export type Chosen = {
  readonly command: AnyCommand;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
};

/** What every command takes. */
export const globalOptions = [
  ["--json", "answer as JSON; one object a line where there are many"],
  ["-q, --quiet", "say only what was asked for"],
  ["-y, --yes", "answer questions with yes"],
  ["--no-input", "never ask"],
  ["--no-progress", "no progress bars"],
  ["--no-color", "no colours; also NO_COLOR"],
  ["--absolute", "times as they are, not how long ago"],
  ["--url <url>", "the Stave that is meant; also STAVE_URL"],
  ["--context <name>", "one that was signed in to; also STAVE_CONTEXT"],
  ["--debug", "show requests and stack traces"],
] as const;

/** The parser of the command line. The action of each command only says which it is. */
export function createProgram({ groups, commands }: CommandTree, onChosen: (chosen: Chosen) => void): Command {
  const program = new Command("stave")
    .description("S3 storage on servers of your own.")
    .usage("<command> [options]")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => helpWidth, getErrHelpWidth: () => helpWidth })
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .addHelpText("after", "\nMore: stave help COMMAND, stave help exit-codes, stave help environment")
    .version("", "-V, --version", "print the version");
  for (const [flags, about] of globalOptions) program.option(flags, about);
  const parents = new Map<string, Command>();
  for (const { name, aliases = [], summary } of groups) {
    const words = name.split(" ");
    const last = words.pop() ?? "";
    const above = words.length === 0 ? program : parents.get(words.join(" "));
    if (above === undefined) throw new TypeError(`The group above "${name}" has to come before it.`);
    const group = above.command(last).description(summary).helpCommand(false).usage("<command> [options]");
    for (const alias of aliases) group.alias(alias);
    parents.set(name, group);
  }
  for (const command of commands) addCommand(program, parents, command, onChosen);
  return program;
}

/** A command whose arguments are for another program, unless its help is asked for. */
export function chooseUntouched({ commands }: CommandTree, args: readonly string[]): Chosen | undefined {
  const [name, ...given] = args;
  const command = commands.find((known) => known.isUntouched === true && known.name === name);
  if (command === undefined || given[0] === "--help" || given[0] === "-h") return undefined;
  const rest = given[0] === "--" ? given.slice(1) : given;
  return { command, arguments: { given: rest }, options: {}, globals: {} };
}

function addCommand(
  program: Command,
  parents: ReadonlyMap<string, Command>,
  definition: AnyCommand,
  onChosen: (chosen: Chosen) => void,
): void {
  const words = definition.name.split(" ");
  const last = words.pop() ?? "";
  const parent = words.length === 0 ? program : parents.get(words.join(" "));
  if (parent === undefined) throw new TypeError(`There is no group for "${definition.name}".`);
  const command = parent.command(last).description(definition.summary).allowExcessArguments(false);
  for (const alias of definition.aliases ?? []) command.alias(alias);
  const expected = Object.entries(definition.arguments);
  for (const [name, { about }] of expected) command.argument(argumentLabel(name, definition), about);
  const options = Object.entries(definition.options);
  const parsed = options.map(([name, option]) => [name, option, toCommander(option)] as const);
  for (const [, , option] of parsed) command.addOption(option);
  command.addHelpText(
    "after",
    helpEnd(definition, (text) => command.createHelp().boxWrap(text, helpWidth)),
  );
  command.action((...given: unknown[]) => {
    const raw = command.opts<Record<string, unknown>>();
    onChosen({
      command: definition,
      arguments: Object.fromEntries(
        expected.map(([name, argument], at) => [name, read(`<${kebab(name)}>`, argument, given[at])]),
      ),
      options: Object.fromEntries(
        parsed.map(([name, option, shown]) => [name, read(shown.flags, option, raw[shown.attributeName()])]),
      ),
      globals: program.opts(),
    });
  });
}

function toCommander({ flags, about, isRequired, isRepeatable, fallback, choices }: Option<unknown>): CommanderOption {
  const extra = [
    ...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]),
    ...(fallback === undefined || fallback === "" ? [] : [`default ${fallback}`]),
    ...(isRepeatable ? ["may be repeated"] : []),
  ];
  const option = new CommanderOption(flags, extra.length === 0 ? about : `${about} (${extra.join("; ")})`);
  if (isRequired) option.makeOptionMandatory();
  if (isRepeatable) {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  return option;
}

function read(flags: string, { read: parse }: { readonly read: (raw: unknown) => unknown }, raw: unknown): unknown {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new CliError("Usage", `${flags}: ${error.message}`, { cause: error });
  }
}

function helpEnd(
  { about, examples, next = [], isDestructive = false }: AnyCommand,
  wrap: (text: string) => string,
): string {
  return [
    ...(about === undefined ? [] : ["", wrap(about)]),
    "",
    "Examples:",
    ...examples.map((line) => `  stave ${line}`),
    ...(next.length === 0 ? [] : ["", "Next:", ...next.map((line) => `  stave ${line}`)]),
    "",
    ...(isDestructive ? ["It cannot be taken back: look with --dry-run first.", ""] : []),
    "Options of every command: stave help options",
  ].join("\n");
}

/** What the parser has refused, or undefined when it has printed the help that was asked for. */
export function parserError(error: unknown, tree: CommandTree, args: readonly string[]): CliError | undefined {
  if (error instanceof CliError) return error;
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return undefined;
  const words = args.filter((arg) => !arg.startsWith("-"));
  const group = findGroup(tree, words);
  if (error.code === "commander.help" && group !== undefined) {
    return new CliError("Usage", `stave ${group.name} needs to know what to do.`, {
      next: tree.commands.filter(({ name }) => name.startsWith(`${group.name} `)).map(({ name }) => `stave ${name}`),
    });
  }
  const [message = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const why = rest.join(" ").replaceAll(/^\(|\)$/g, "");
  const command = findCommand(tree, words);
  return new CliError("Usage", capitalize(message), {
    ...(why !== "" && { why }),
    next: command === undefined ? [] : [`stave ${command.examples[0]}`, `stave ${command.name} --help`],
    cause: error,
  });
}

/** The innermost group that the first words name, by whichever names. */
function findGroup({ groups }: CommandTree, words: readonly string[]): CommandGroup | undefined {
  let found: CommandGroup | undefined;
  for (const word of words) {
    const above = found === undefined ? "" : `${found.name} `;
    const next = groups.find(({ name, aliases = [] }) => {
      const parents = name.split(" ").slice(0, -1);
      return [name, ...aliases.map((alias) => [...parents, alias].join(" "))].includes(`${above}${word}`);
    });
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

function findCommand(tree: CommandTree, words: readonly string[]): AnyCommand | undefined {
  const group = findGroup(tree, words)?.name;
  const said = words[group === undefined ? 0 : group.split(" ").length] ?? "";
  const above = group === undefined ? "" : `${group} `;
  return tree.commands.find(({ name, aliases = [] }) =>
    [name, ...aliases.map((alias) => `${name.split(" ").slice(0, -1).concat(alias).join(" ")}`)].includes(
      `${above}${said}`,
    ),
  );
}

/** `<name>`, `[names...]` */
export function argumentLabel(key: string, command: AnyCommand): string {
  const { isRequired = true, isVariadic = false } = command.arguments[key] ?? {};
  const inside = `${kebab(key)}${isVariadic ? "..." : ""}`;
  return isRequired ? `<${inside}>` : `[${inside}]`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function capitalize(text: string): string {
  const [first = "", ...rest] = text;
  return `${first.toUpperCase()}${rest.join("")}${text.endsWith(".") ? "" : "."}`;
}
