// Writes the reference of the skill from the commands of the command line, and docs/llms.txt from the pages of docs. Usage: npm run skill-reference
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docsList } from "../apps/cli/src/reference/docs-list.ts";
import { skillReferencePage } from "../apps/cli/src/reference/skill-page.ts";

const root = join(import.meta.dirname, "..");
const pages = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .toSorted()
  .map((name) => ({ name, markdown: readFileSync(join(root, "docs", name), "utf8") }));

writeFileSync(join(root, "skills", "stave-cli", "references", "commands.md"), skillReferencePage());
writeFileSync(join(root, "docs", "llms.txt"), docsList(pages));
