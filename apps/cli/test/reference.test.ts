import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandTree } from "../src/commands/index.ts";
import { referencePage } from "../src/reference/reference-page.ts";

test("docs/cli.md is what `npm run cli-reference` writes", async () => {
  const page = await readFile(join(import.meta.dirname, "..", "..", "..", "docs", "cli.md"), "utf8");

  expect(page === referencePage(), "docs/cli.md is stale: run npm run cli-reference").toBe(true);
});

test("every command is there, with all that it takes", () => {
  const page = referencePage();

  const missing = commandTree.commands.flatMap(({ name, options, examples }) => [
    ...(page.includes(`# stave ${name}\n`) ? [] : [name]),
    ...Object.values(options).flatMap(({ flags }) =>
      page.includes(`| \`${flags.replaceAll("|", "\\|")}\``) ? [] : [`${name} ${flags}`],
    ),
    ...examples.filter((example) => !page.includes(`\nstave ${example}\n`)),
  ]);
  expect(missing).toEqual([]);
});
