import { globalOptions } from "../command/create-program.ts";
import type { AnyCommand } from "../command/define-command.ts";
import { commandTree } from "../commands/index.ts";

/**
 * skills/stave-cli/references/commands.md: every command and option, a line each. Whoever reads it reads all of it into a context, so it is a third of
 * what `stave help` says, which has the examples.
 */
export function skillReferencePage(): string {
  const families = Map.groupBy(commandTree.commands, ({ name }) =>
    name.includes(" ") ? (name.split(" ")[0] ?? "") : "",
  );
  return [
    "# Every command of `stave`",
    "",
    "Written by `npm run skill-reference` from the commands themselves. Examples: `stave help COMMAND`. Exit codes: SKILL.md.",
    "",
    "## Every command takes",
    "",
    ...globalOptions.map(([flags, about]) => `- \`${flags}\`: ${about}`),
    "",
    ...[...families].flatMap(([family, commands]) => [
      `## ${family === "" ? "Alone" : family}`,
      "",
      ...commands.flatMap(describe),
      "",
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function describe(command: AnyCommand): readonly string[] {
  const { name, summary, about, options, isDestructive = false } = command;
  const labels = Object.entries(command.arguments).map(labelOf);
  const more = [about?.split("\n")[0], isDestructive ? "Look with `--dry-run` first." : undefined].filter(Boolean);
  return [
    `- \`${["stave", name, ...labels].join(" ")}\`: ${[summary, ...more].join(" ")}`,
    ...Object.values(options).map(
      ({ flags, about: meaning, isRequired, fallback, choices }) =>
        `  - \`${flags}\`: ${meaning}${extras([
          isRequired && "required",
          choices !== undefined && `one of ${choices.join(", ")}`,
          fallback !== undefined && fallback !== "" && `default ${fallback}`,
        ])}`,
    ),
  ];
}

function labelOf([key, { isRequired, isVariadic }]: readonly [string, AnyCommand["arguments"][string]]): string {
  const inside = `${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${isVariadic ? "..." : ""}`;
  return isRequired ? `<${inside}>` : `[${inside}]`;
}

function extras(all: readonly (string | false)[]): string {
  const said = all.filter((one) => one !== false);
  return said.length === 0 ? "" : ` (${said.join("; ")})`;
}
