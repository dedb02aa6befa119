import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { CliError } from "./cli-error.ts";
import type { Invocation } from "./invocation.ts";

type Source = {
  /** What a person is asked. */
  readonly question: string;
  /** Whether it comes on stdin. */
  readonly fromStdin: boolean;
  /** The file that it is in. */
  readonly file: string | undefined;
  /** What names these two: `--password-stdin`. */
  readonly flag: string;
};

const maxLength = 4096;

/** A secret from stdin, a file or a person: on the command line others could read it. Its last line break does not count. */
export async function readSecret(
  { stdin, prompts }: Pick<Invocation<unknown, unknown>, "stdin" | "prompts">,
  { question, fromStdin, file, flag }: Source,
): Promise<string> {
  if (fromStdin && file !== undefined) throw new CliError("Usage", `Expected ${flag} or the file, not both.`);
  const read = fromStdin
    ? await text(stdin)
    : file !== undefined
      ? await readSecretText(file)
      : await prompts.secret(question, { flag });
  const secret = read.replace(/\r?\n$/, "");
  if (secret === "" || secret.length > maxLength)
    throw new CliError("Usage", "That is no secret: it is empty, or too long.");
  return secret;
}

async function readSecretText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CliError("Usage", `Cannot read ${file}.`, { cause: error, why: String(error) });
  }
}
