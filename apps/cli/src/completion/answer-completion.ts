import type { ApiClient } from "../api/api-client.ts";
import type { CommandTree } from "../command/create-program.ts";
import { printable } from "../output/printable.ts";
import { readSettings } from "../settings/read-settings.ts";
import { version } from "../version.ts";
import { type Candidate, completeLine } from "./complete-line.ts";
import { knownValues } from "./known-values.ts";

/** Nobody waits longer for names. */
const patienceMs = 500;

/** The line that tells a shell to offer files. No candidate begins with a colon. */
const filesLine = ":files";

/** A shell puts words of the answer into the command line as they are: nothing that it would run or expand may be in one. */
const harmless = /^[\w.@%+=/-][\w.@%+=:/-]*$/;

type Surroundings = { readonly environment: NodeJS.ProcessEnv; readonly directory: string };

/**
 * What the shells' scripts ask for: a line for each word that may follow, with what it is after a tab. `words` are those after `stave`, the
 * last of them is the one that the cursor is in. Never fails: who presses Tab has not asked for messages.
 */
export async function answerCompletion(
  tree: CommandTree,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const completion = completeLine(tree, before, current);
  const typed = current.slice(completion.before.length);
  const isRemote = /^s3:/.test(typed);
  const kind = isRemote ? "s3" : completion.values;
  const known = kind === undefined ? [] : await ask(kind, before, surroundings);
  const values = isRemote ? known.map(({ word, about }) => ({ word: `s3://${word}/`, about })) : known;
  const fitting = [...completion.candidates, ...values].filter(
    ({ word }) => word.startsWith(typed) && harmless.test(word),
  );
  if (fitting.length === 0 && completion.isFile && !isRemote) return `${filesLine}\n`;
  return fitting.map((candidate) => lineOf(completion.before, candidate)).join("");
}

function lineOf(before: string, { word, about }: Candidate): string {
  return `${before}${word}${about === "" ? "" : `\t${printable(about)}`}\n`;
}

async function ask(kind: string, words: readonly string[], surroundings: Surroundings): Promise<readonly Candidate[]> {
  const signal = AbortSignal.timeout(patienceMs);
  let client: ApiClient | undefined;
  try {
    const settings = await readSettings(
      { url: optionOf("--url", words), context: optionOf("--context", words) },
      surroundings,
    );
    const api = async () => {
      // Loaded when it is needed: most words come from the commands themselves.
      const { createApiClient } = await import("../api/api-client.ts");
      client ??= createApiClient({
        url: settings.url.value,
        token: settings.token?.value,
        userAgent: `stave/${version}`,
        output: { debug: () => {} },
        signal,
      });
      return client;
    };
    return await knownValues(kind, { settings, api });
  } catch {
    // Signed out, away, too slow: there are no names then.
    return [];
  } finally {
    await client?.close().catch(() => {});
  }
}

/** `--url X` or `--url=X`, typed before. */
function optionOf(name: string, words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at === -1) return undefined;
  return words[at] === name ? words[at + 1] : words[at]?.slice(name.length + 1);
}
