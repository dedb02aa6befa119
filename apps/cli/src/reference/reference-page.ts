import { commandTree } from "../commands/index.ts";
import { topics } from "../help/topics.ts";
import { anchorOf, commandReference, table } from "./command-reference.ts";

/** docs/cli.md */
export function referencePage(): string {
  const tops = [...commandTree.commands, ...commandTree.groups].filter(({ name }) => !name.includes(" "));
  return [
    "# The command line, to look things up",
    "",
    "Written by `npm run cli-reference` from the commands themselves; `stave COMMAND --help` says the same. What it is for and how to",
    "install it: [apps/cli](../apps/cli/README.md).",
    "",
    tops.map(({ name }) => link(name)).join(" · "),
    "",
    ...topics.flatMap(({ title, rows }) => [`## ${title}`, "", ...table(rows), ""]),
    "## Commands",
    "",
    commandReference(commandTree, { level: 3 }),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function link(name: string): string {
  return `[${name}](#${anchorOf(`stave ${name}`)})`;
}
