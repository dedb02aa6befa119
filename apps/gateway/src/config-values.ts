import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";

// Parsers of settings: each throws an error that says what was expected.

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** `--data-dir "$UNSET"` must not quietly mean something else. */
export function notEmpty(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a value.");
}

export function file(text: string): string {
  return resolve(notEmpty(text));
}

export function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

export function domainList(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name))
      throw new InvalidArgumentError("Expected host names separated by commas.");
  }
  // The longest suffix wins where one domain lies below another.
  return names.toSorted((a, b) => b.length - a.length);
}
