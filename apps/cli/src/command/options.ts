/** What follows the name of a command without a name of its own. */
export type Argument<Value> = {
  readonly about: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
  readonly choices?: readonly string[];
  readonly read: (raw: unknown) => Value;
};

/** `--name VALUE`, or `--flag`. */
export type Option<Value> = {
  /** `-n, --name <name>`: with `<name>` it takes a value. */
  readonly flags: string;
  readonly about: string;
  readonly isRequired: boolean;
  readonly isRepeatable: boolean;
  /** As it is shown in the help. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  readonly read: (raw: unknown) => Value;
};

/** Reads a text that somebody has typed. Throws {@link InvalidValue}. */
export type Parse<Value> = (text: string) => Value;

/** What was typed cannot be read: `Expected a number, got "ten".` */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
}

const asTyped = (text: string): string => text;

export function flag(flags: string, about: string): Option<boolean> {
  return { flags, about, isRequired: false, isRepeatable: false, read: (raw) => raw === true };
}

/** `--no-wait`: true when it is given. */
export function negativeFlag(flags: `--no-${string}`, about: string): Option<boolean> {
  return { flags, about, isRequired: false, isRepeatable: false, read: (raw) => raw === false };
}

/** May be left out. */
export function option(flags: string, about: string): Option<string | undefined>;
export function option<Value>(flags: string, about: string, parse: Parse<Value>): Option<Value | undefined>;
export function option(flags: string, about: string, parse: Parse<unknown> = asTyped): Option<unknown> {
  return {
    flags,
    about,
    isRequired: false,
    isRepeatable: false,
    read: (raw) => (typeof raw === "string" ? parse(raw) : undefined),
  };
}

/** Has a value when it is left out. */
export function optionOr<Value>(flags: string, about: string, fallback: string, parse: Parse<Value>): Option<Value> {
  return {
    flags,
    about,
    fallback,
    isRequired: false,
    isRepeatable: false,
    read: (raw) => parse(typeof raw === "string" ? raw : fallback),
  };
}

export function required(flags: string, about: string): Option<string>;
export function required<Value>(flags: string, about: string, parse: Parse<Value>): Option<Value>;
export function required(flags: string, about: string, parse: Parse<unknown> = asTyped): Option<unknown> {
  return { flags, about, isRequired: true, isRepeatable: false, read: (raw) => parse(String(raw)) };
}

/** One of a few words. */
export function choice<const Word extends string>(
  flags: string,
  about: string,
  choices: readonly Word[],
): Option<Word | undefined> {
  return { ...option(flags, about, oneOf(choices)), choices };
}

export function choiceOr<const Word extends string>(
  flags: string,
  about: string,
  choices: readonly Word[],
  fallback: NoInfer<Word>,
): Option<Word> {
  return { ...optionOr(flags, about, fallback, oneOf(choices)), choices };
}

/** May be given several times. */
export function repeated(flags: string, about: string): Option<readonly string[]>;
export function repeated<Value>(flags: string, about: string, parse: Parse<Value>): Option<readonly Value[]>;
export function repeated(flags: string, about: string, parse: Parse<unknown> = asTyped): Option<readonly unknown[]> {
  return {
    flags,
    about,
    isRequired: false,
    isRepeatable: true,
    read: (raw) => (Array.isArray(raw) ? raw.map((text) => parse(String(text))) : []),
  };
}

export function argument(about: string): Argument<string>;
export function argument<Value>(about: string, parse: Parse<Value>): Argument<Value>;
export function argument(about: string, parse: Parse<unknown> = asTyped): Argument<unknown> {
  return { about, isRequired: true, isVariadic: false, read: (raw) => parse(String(raw)) };
}

export function optionalArgument(about: string): Argument<string | undefined>;
export function optionalArgument<Value>(about: string, parse: Parse<Value>): Argument<Value | undefined>;
export function optionalArgument(about: string, parse: Parse<unknown> = asTyped): Argument<unknown> {
  return {
    about,
    isRequired: false,
    isVariadic: false,
    read: (raw) => (typeof raw === "string" ? parse(raw) : undefined),
  };
}

/** One or more at the end. */
export function manyArguments(about: string): Argument<readonly string[]> {
  return {
    about,
    isRequired: true,
    isVariadic: true,
    read: (raw) => (Array.isArray(raw) ? raw.map(String) : []),
  };
}

/** None or more at the end. */
export function anyArguments(about: string): Argument<readonly string[]> {
  return { ...manyArguments(about), isRequired: false };
}

export function oneOf<const Word extends string>(words: readonly Word[]): Parse<Word> {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word === undefined) throw new InvalidValue(`Expected one of ${words.join(", ")}, got "${text}".`);
    return word;
  };
}

export function integer({ from = 0, to = Number.MAX_SAFE_INTEGER } = {}): Parse<number> {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) {
      throw new InvalidValue(`Expected a whole number from ${from} to ${to}, got "${text}".`);
    }
    return value;
  };
}

/** `key=value` */
export function pair(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidValue(`Expected key=value, got "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `90s`, `15m`, `24h`, `7d`, or seconds. */
export function durationSeconds(text: string): number {
  const [, count, unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidValue(`Expected a duration such as 90s, 15m, 24h or 7d, got "${text}".`);
  return Number(count) * secondsOf[unit as keyof typeof secondsOf];
}

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 };
