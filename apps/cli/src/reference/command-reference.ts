import { argumentLabel, type CommandTree } from "../command/create-program.ts";
import type { AnyCommand, CommandGroup } from "../command/define-command.ts";
import type { Option } from "../command/options.ts";

/**
 * All commands with their arguments, options and examples as Markdown, a heading of `level` for each group and one below it for each
 * command: made from the definitions that the parser reads, so it cannot say anything else.
 */
export function commandReference(tree: CommandTree, { level }: { readonly level: number }): string {
  const alone = tree.commands.filter(({ name }) => !name.includes(" "));
  const tops = tree.groups.filter(({ name }) => !name.includes(" "));
  return [
    ...alone.flatMap((command) => commandSection(command, level)),
    ...tops.flatMap((group) => groupSection(tree, group, level)),
  ].join("\n");
}

/** Where it is in the page, as GitHub names it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}

function groupSection({ commands, groups }: CommandTree, { name, aliases = [], summary }: CommandGroup, level: number) {
  const own = commands.filter((command) => command.name.startsWith(`${name} `) || command.name === name);
  const inner = groups.filter((group) => group.name.startsWith(`${name} `));
  return [
    `${"#".repeat(level)} stave ${name}`,
    "",
    `${summary}${also(aliases.map((alias) => `stave ${alias}`))}`,
    "",
    ...inner.map((group) => `- \`stave ${group.name}\`: ${group.summary}`),
    ...(inner.length > 0 ? [""] : []),
    ...own.filter((command) => command.name !== name).flatMap((command) => commandSection(command, level + 1)),
  ];
}

function commandSection(command: AnyCommand, level: number): readonly string[] {
  const { name, aliases = [], summary, about, isDestructive = false } = command;
  const above = name.split(" ").slice(0, -1);
  const rows = [
    ...Object.entries(command.arguments).map(([key, { about: meaning }]) => [argumentLabel(key, command), meaning]),
    ...Object.values(command.options).map((option) => [option.flags, `${option.about}${extras(option)}`]),
  ];
  return [
    `${"#".repeat(level)} stave ${name}`,
    "",
    `${summary}${also(aliases.map((alias) => ["stave", ...above, alias].join(" ")))}`,
    "",
    ...(about === undefined ? [] : about.includes("\n") ? ["```text", about, "```", ""] : [escapeMarkdown(about), ""]),
    ...(isDestructive ? ["It cannot be taken back: look with `--dry-run` first.", ""] : []),
    ...usage(command),
    ...(rows.length === 0 ? [] : [...table(rows), ""]),
    "```sh",
    ...command.examples.map((line) => `stave ${line}`),
    "```",
    "",
  ];
}

function usage(command: AnyCommand): readonly string[] {
  const labels = Object.keys(command.arguments).map((key) => argumentLabel(key, command));
  if (labels.length === 0) return [];
  return [`\`stave ${command.name} ${labels.join(" ")}\``, ""];
}

function also(names: readonly string[]): string {
  return names.length === 0 ? "" : ` Also ${names.map((name) => `\`${name}\``).join(", ")}.`;
}

function extras({ isRequired, isRepeatable, fallback, choices }: Option<unknown>): string {
  const all = [
    ...(isRequired ? ["required"] : []),
    ...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]),
    ...(fallback === undefined || fallback === "" ? [] : [`default ${fallback}`]),
    ...(isRepeatable ? ["may be repeated"] : []),
  ];
  return all.length === 0 ? "" : ` (${all.join("; ")})`;
}

/** Columns are aligned, as in all documents here. */
export function table(
  rows: readonly (readonly string[])[],
  titles: readonly [string, string] = ["what", "meaning"],
): readonly string[] {
  const cells = rows.map(
    ([name = "", meaning = ""]) => [`\`${name.replaceAll("|", "\\|")}\``, escapeMarkdown(meaning)] as const,
  );
  const all = [titles, ...cells];
  const left = Math.max(3, ...all.map(([cell]) => cell.length));
  const right = Math.max(3, ...all.map(([, cell]) => cell.length));
  const line = ([name, meaning]: readonly [string, string]) => `| ${name.padEnd(left)} | ${meaning.padEnd(right)} |`;
  return [line(titles), `| ${"-".repeat(left)} | ${"-".repeat(right)} |`, ...cells.map(line)];
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[|<>*]/g, "\\$&");
}
