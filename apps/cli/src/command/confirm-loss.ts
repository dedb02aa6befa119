import { formatProperties } from "../output/format-table.ts";
import type { Invocation } from "./invocation.ts";

type Loss = {
  /** What would go, as a line each. */
  readonly shown: Readonly<Record<string, string | number | null>>;
  /** For `--json`. */
  readonly data: unknown;
  /** `Remove the user?` */
  readonly question: string;
  /** What is typed to go on. */
  readonly name: string;
  readonly isForced: boolean;
  readonly isDryRun: boolean;
};

/** Says what would go, and asks. Answers false when that was all that was wanted. Throws `Interrupted` for no. */
export async function confirmLoss(
  { output, prompts, globals }: Pick<Invocation<unknown, unknown>, "output" | "prompts" | "globals">,
  { shown, data, question, name, isForced, isDryRun }: Loss,
): Promise<boolean> {
  if (isDryRun) {
    output.note("It would go, and nothing was changed:");
    output.result(data, () => formatProperties(shown));
    return false;
  }
  if (!globals.isJson) output.note(formatProperties(shown).trimEnd());
  if (!isForced) await prompts.confirmByName(question, name);
  return true;
}
