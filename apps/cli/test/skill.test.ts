import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandTree } from "../src/commands/index.ts";
import { docsList } from "../src/reference/docs-list.ts";
import { skillReferencePage } from "../src/reference/skill-page.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const skill = join(root, "skills", "stave-cli");
const read = (name: string) => readFile(join(skill, name), "utf8");

test("SKILL.md has the front matter that assistants look for, and is short", async () => {
  const text = await read("SKILL.md");
  const [, front = ""] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];

  expect(front).toMatch(/^name: stave-cli$/m);
  const [, description = ""] = /^description: (.+)$/m.exec(front) ?? [];
  expect(description.length).toBeGreaterThan(100);
  expect(description.length).toBeLessThanOrEqual(1024);
  expect(text.split("\n").length).toBeLessThanOrEqual(200);
});

test("references/commands.md is what `npm run skill-reference` writes, and has every command and option", async () => {
  const page = await read("references/commands.md");

  expect(page === skillReferencePage(), "It is stale: run npm run skill-reference").toBe(true);
  for (const { name, options } of commandTree.commands) {
    expect(page).toContain(`\`stave ${name}`);
    for (const { flags } of Object.values(options)) expect(page).toContain(`\`${flags}\``);
  }
});

test("every command that the skill and its recipes name is there, with all of its options", async () => {
  const texts = [await read("SKILL.md"), await read("references/recipes.md")];
  const found = texts.flatMap((text) => Array.from(text.matchAll(/\bstave ((?:[a-z][a-z-]* ?)+)([^`|;)\n]*)/g)));

  const wrong = found.flatMap(([line, words = "", rest = ""]) => {
    const command = commandOf(words.trim().split(" "));
    if (command === undefined)
      return /^stave (help|login|COMMAND)|^stave mcp/.test(line) || words.trim() === "" ? [] : [line];
    const flags = Object.values(command.options).flatMap((option) => option.flags.match(/--?[a-z-]+/g) ?? []);
    const known = new Set([...flags, ...everywhere]);
    return Array.from(rest.matchAll(/(?<=^| )--?[a-z][a-z-]*/g), ([flag]) => flag)
      .filter((flag) => !known.has(flag))
      .map((flag) => `${line}: ${flag}`);
  });

  expect(found.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

test("docs/llms.txt is what `npm run skill-reference` writes of the pages that there are", async () => {
  const names = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).toSorted();
  const pages = names.map(async (name) => ({ name, markdown: await readFile(join(root, "docs", name), "utf8") }));
  const list = await readFile(join(root, "docs", "llms.txt"), "utf8");

  expect(list === docsList(await Promise.all(pages)), "It is stale: run npm run skill-reference").toBe(true);
  expect(list.match(/^- \[.+\]\([\w-]+\.md\): \S.+\.$/gm)).toHaveLength(names.length);
});

const everywhere = ["--json", "--yes", "-y", "--quiet", "-q", "--no-input", "--url", "--context", "--absolute"];

/** The longest name that begins so: what follows it are arguments. */
function commandOf(words: readonly string[]) {
  for (let length = words.length; length > 0; length -= 1) {
    const name = words.slice(0, length).join(" ");
    const command = commandTree.commands.find((one) => one.name === name);
    if (command !== undefined) return command;
  }
  return undefined;
}
