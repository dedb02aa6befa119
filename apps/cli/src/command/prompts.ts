import { printable } from "../output/printable.ts";
import { CliError } from "./cli-error.ts";

/** Questions to a person. Where nobody can answer, each throws `Usage` and names the flag that answers it. */
export type Prompts = {
  /** Somebody is there to answer. */
  readonly canAsk: boolean;
  text(question: string, options: { readonly flag: string; readonly initial?: string }): Promise<string>;
  /** Without showing what is typed. */
  secret(question: string, options: { readonly flag: string }): Promise<string>;
  select<Value extends string>(
    question: string,
    options: { readonly flag: string; readonly choices: readonly { readonly value: Value; readonly label: string }[] },
  ): Promise<Value>;
  /** Yes or no; `--yes` answers it. Throws `Interrupted` for no. */
  confirm(question: string): Promise<void>;
  /** For what cannot be taken back: its name is typed; `--yes` answers it. Throws `Interrupted` for another one. */
  confirmByName(question: string, name: string): Promise<void>;
};

export function createPrompts({ canAsk, isYes }: { readonly canAsk: boolean; readonly isYes: boolean }): Prompts {
  const ask = async <Answer>(
    flag: string,
    show: (library: typeof import("@clack/prompts")) => Promise<Answer | symbol>,
  ): Promise<Answer> => {
    if (!canAsk) {
      throw new CliError("Usage", `${flag} is missing.`, { why: "Nobody can be asked: this is no terminal." });
    }
    const library = await import("@clack/prompts");
    const answer = await show(library);
    if (typeof answer === "symbol") throw new CliError("Interrupted", "Nothing was changed.");
    return answer;
  };
  // Answers are for stdout, questions are not.
  const output = process.stderr;
  return {
    canAsk,
    text: (message, { flag, initial }) =>
      ask<string>(flag, ({ text }) =>
        text({
          message,
          output,
          ...(initial !== undefined && { initialValue: initial }),
          validate: (answer) => (answer === undefined || answer.trim() === "" ? "Expected a value." : undefined),
        }),
      ),
    secret: (message, { flag }) => ask<string>(flag, ({ password }) => password({ message, output })),
    select: <Value extends string>(
      message: string,
      {
        flag,
        choices,
      }: { readonly flag: string; readonly choices: readonly { readonly value: Value; readonly label: string }[] },
    ) =>
      ask<Value>(
        flag,
        ({ select }) => select<string>({ message, output, options: [...choices] }) as Promise<Value | symbol>,
      ),
    async confirm(message) {
      if (isYes) return;
      const answer = await ask("--yes", ({ confirm }) => confirm({ message, output, initialValue: false }));
      if (!answer) throw new CliError("Interrupted", "Nothing was changed.");
    },
    async confirmByName(question, name) {
      if (isYes) return;
      const typed = await ask("--yes", ({ text }) =>
        text({ message: `${question} Type ${printable(name)} to go on.`, output }),
      );
      if (typed !== name) throw new CliError("Interrupted", `That is not ${name}: nothing was changed.`);
    },
  };
}
