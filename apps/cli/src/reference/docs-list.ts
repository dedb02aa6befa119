// https://llmstxt.org

export type DocsPage = { readonly name: string; readonly markdown: string };

/** docs/llms.txt: what there is to read, for assistants. */
export function docsList(pages: readonly DocsPage[]): string {
  return [
    "# Stave",
    "",
    "> S3 storage on servers of your own: a gateway that speaks S3, an API and a command line to manage it.",
    "",
    "Assistants: begin with agents.md. The API describes itself at /api/openapi.json, the command line with `stave help`.",
    "",
    "## Documentation",
    "",
    ...pages.map(({ name, markdown }) => `- [${titleOf(markdown)}](${name}): ${firstSentenceOf(markdown)}`),
    "",
  ].join("\n");
}

function titleOf(markdown: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1] ?? "";
}

/** Of the first paragraph that is text. */
function firstSentenceOf(markdown: string): string {
  const paragraph = markdown.split(/\n{2,}/).find((text) => /^[A-Z`*]/.test(text)) ?? "";
  const text = paragraph.replaceAll("\n", " ").replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
  return /^.+?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
