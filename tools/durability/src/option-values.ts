import { type Command, CommanderError, InvalidArgumentError } from "commander";
import { HarnessError } from "./harness-error.ts";

/** Parses; gives back the help text when that was asked for. Throws a {@link HarnessError} with the code `usage`. */
export function parseArguments(command: Command, args: readonly string[]): { readonly help: string } | undefined {
  let help = "";
  command.exitOverride().configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    command.parse([...args], { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw new HarnessError("usage", `${error.message.replace(/^error: /, "")} See --help.`, { cause: error });
  }
}

export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

export function oneOf(names: readonly string[]): (text: string) => string {
  return (text) => {
    if (names.includes(text)) return text;
    throw new InvalidArgumentError(`Expected one of ${names.join(", ")}.`);
  };
}

export function notEmpty(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a value.");
}
