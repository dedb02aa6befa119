// Writes dist/docs.json: the documentation by its headings, which `stave mcp` searches. Part of the build.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");
const docs = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .toSorted()
  .map((name) => ({ file: `docs/${name}`, markdown: readFileSync(join(root, "docs", name), "utf8") }));

writeFileSync(join(import.meta.dirname, "..", "dist", "docs.json"), JSON.stringify(docs.flatMap(sectionsOf)));

/** One for each heading, named with those above it. A line with # inside of a code block is none. */
function sectionsOf({ file, markdown }) {
  const sections = [];
  const above = [];
  let lines = [];
  let isCode = false;
  const close = () => {
    const text = lines.join("\n").trim();
    if (text !== "") sections.push({ file, heading: above.filter(Boolean).join(" › "), text });
    lines = [];
  };
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    const [, marks, heading] = (isCode ? null : /^(#{1,4}) (.+)$/.exec(line)) ?? [];
    if (marks === undefined) lines.push(line);
    else {
      close();
      above.length = marks.length - 1;
      above[marks.length - 1] = heading;
    }
  }
  close();
  return sections;
}
