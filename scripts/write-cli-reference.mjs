// Writes docs/cli.md from the commands of the command line. Usage: npm run cli-reference
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePage } from "../apps/cli/src/reference/reference-page.ts";

writeFileSync(join(import.meta.dirname, "..", "docs", "cli.md"), referencePage());
