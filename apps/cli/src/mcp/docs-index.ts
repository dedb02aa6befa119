import { readFile } from "node:fs/promises";
import { CliError } from "../command/cli-error.ts";

/** A part of the documentation below one heading. */
export type Section = { readonly file: string; readonly heading: string; readonly text: string };

const maxTextLength = 3000;

/** The documentation that came with this version. */
export async function loadDocs(): Promise<readonly Section[]> {
  try {
    return JSON.parse(await readFile(new URL("./docs.json", import.meta.url), "utf8"));
  } catch (cause) {
    throw new CliError("NotSupported", "This installation came without the documentation.", {
      cause,
      next: ["stave help COMMAND"],
    });
  }
}

/** Those with most of the words: rare words and words of headings count for more. */
export function searchSections(sections: readonly Section[], query: string, limit: number): readonly Section[] {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}_]{2,40}/gu) ?? [])].slice(0, 16);
  const lower = sections.map(({ file, heading, text }) => ({
    heading: `${file} ${heading}`.toLowerCase(),
    text: text.toLowerCase(),
  }));
  const weights = words.map((word) => {
    const holding = lower.filter(({ heading, text }) => heading.includes(word) || text.includes(word)).length;
    return holding === 0 ? 0 : Math.log(1 + sections.length / holding);
  });
  return sections
    .map((section, at) => ({ section, score: scoreOf(lower[at] ?? { heading: "", text: "" }, words, weights) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ section: { file, heading, text } }) => ({ file, heading, text: text.slice(0, maxTextLength) }));
}

type Lower = { readonly heading: string; readonly text: string };

function scoreOf({ heading, text }: Lower, words: readonly string[], weights: readonly number[]): number {
  return words.reduce((sum, word, at) => {
    const found = (heading.includes(word) ? 3 : 0) + (text.includes(word) ? 1 : 0);
    return sum + found * (weights[at] ?? 0);
  }, 0);
}
