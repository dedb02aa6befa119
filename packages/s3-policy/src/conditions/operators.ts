// Condition operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
import { BlockList, isIP } from "node:net";
import { matchesPattern, type Pattern, parsePattern, type ResolveVariable, type Token } from "../pattern.ts";
import { malformed } from "../policy-error.ts";
import type { Matcher } from "./condition.ts";

export type Operator = {
  readonly isNegated: boolean;
  /** Makes matchers of the values of the policy. Throws {@link PolicyError} for a value of another type. */
  readonly compile: (values: readonly string[], options: CompileOptions) => readonly Matcher[];
};

type CompileOptions = { readonly variables: boolean };
type CompileOne = (value: string, options: CompileOptions) => Matcher;

/** By name in lower case; AWS takes any case. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: positive(text((value) => value)),
    StringNotEquals: negative(text((value) => value)),
    StringEqualsIgnoreCase: positive(text((value) => value.toLowerCase())),
    StringNotEqualsIgnoreCase: negative(text((value) => value.toLowerCase())),
    StringLike: positive(like),
    StringNotLike: negative(like),
    NumericEquals: positive(numeric((value, bound) => value === bound)),
    NumericNotEquals: negative(numeric((value, bound) => value === bound)),
    NumericLessThan: positive(numeric((value, bound) => value < bound)),
    NumericLessThanEquals: positive(numeric((value, bound) => value <= bound)),
    NumericGreaterThan: positive(numeric((value, bound) => value > bound)),
    NumericGreaterThanEquals: positive(numeric((value, bound) => value >= bound)),
    DateEquals: positive(date((value, bound) => value === bound)),
    DateNotEquals: negative(date((value, bound) => value === bound)),
    DateLessThan: positive(date((value, bound) => value < bound)),
    DateLessThanEquals: positive(date((value, bound) => value <= bound)),
    DateGreaterThan: positive(date((value, bound) => value > bound)),
    DateGreaterThanEquals: positive(date((value, bound) => value >= bound)),
    Bool: positive(bool),
    BinaryEquals: positive(binary),
    IpAddress: { isNegated: false, compile: networks },
    NotIpAddress: { isNegated: true, compile: networks },
    ArnEquals: positive(arn),
    ArnLike: positive(arn),
    ArnNotEquals: negative(arn),
    ArnNotLike: negative(arn),
  } satisfies Record<string, Operator>).map(([name, operator]) => [name.toLowerCase(), operator]),
);

function positive(compileOne: CompileOne): Operator {
  return { isNegated: false, compile: (values, options) => values.map((value) => compileOne(value, options)) };
}

function negative(compileOne: CompileOne): Operator {
  return { ...positive(compileOne), isNegated: true };
}

function text(fold: (value: string) => string): CompileOne {
  return (wanted, { variables }) => {
    const pattern = parsePattern(wanted, { variables, wildcards: false });
    const folded: Pattern = { ...pattern, tokens: pattern.tokens.map((token) => foldToken(token, fold)) };
    return (value, resolve) => matchesPattern(folded, fold(value), foldResolved(resolve, fold));
  };
}

function foldToken(token: Token, fold: (value: string) => string): Token {
  if (typeof token === "string") return fold(token);
  if (typeof token === "symbol") return token;
  return { ...token, fallback: token.fallback === undefined ? undefined : fold(token.fallback) };
}

function foldResolved(resolve: ResolveVariable, fold: (value: string) => string): ResolveVariable {
  return (key) => {
    const value = resolve(key);
    return value === undefined ? undefined : fold(value);
  };
}

function like(wanted: string, { variables }: { readonly variables: boolean }): Matcher {
  const pattern = parsePattern(wanted, { variables, wildcards: true });
  return (value, resolve) => matchesPattern(pattern, value, resolve);
}

function numeric(compare: (value: number, bound: number) => boolean): CompileOne {
  return (wanted) => {
    const bound = readNumber(wanted);
    if (bound === undefined) throw malformed(`Invalid numeric value in condition: ${wanted}`);
    return (text) => {
      const value = readNumber(text);
      return value !== undefined && compare(value, bound);
    };
  };
}

function readNumber(value: string): number | undefined {
  return /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

function date(compare: (value: number, bound: number) => boolean): CompileOne {
  return (wanted) => {
    const bound = readDate(wanted);
    if (bound === undefined) throw malformed(`Invalid date value in condition: ${wanted}`);
    return (text) => {
      const value = readDate(text);
      return value !== undefined && compare(value, bound);
    };
  };
}

/** ISO 8601 as W3C profiles it, or seconds since 1970: milliseconds since then. */
function readDate(value: string): number | undefined {
  if (/^\d{1,12}$/.test(value) && value.length !== 4) return Number(value) * 1000;
  if (!/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function bool(wanted: string): Matcher {
  const bound = wanted.toLowerCase();
  if (bound !== "true" && bound !== "false") throw malformed(`Invalid boolean value in condition: ${wanted}`);
  return (value) => value.toLowerCase() === bound;
}

function binary(wanted: string): Matcher {
  const bound = readBase64(wanted);
  if (bound === undefined) throw malformed(`Invalid base64 value in condition: ${wanted}`);
  return (value) => readBase64(value) === bound;
}

/** The canonical form, so that equal bytes are equal text. */
function readBase64(value: string): string | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0
    ? Buffer.from(value, "base64").toString("base64")
    : undefined;
}

/** One matcher for all: what a check costs is the conversion of the address, 0.3 µs, however many networks there are. */
function networks(values: readonly string[]): readonly Matcher[] {
  const list = new BlockList();
  for (const wanted of values) {
    const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(wanted) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || length > bits) throw malformed(`Invalid IP address or network in condition: ${wanted}`);
    list.addSubnet(address, length, familyOf(version));
  }
  const contains: Matcher = (value) => {
    const version = isIP(value);
    return version !== 0 && list.check(value, familyOf(version));
  };
  return [contains];
}

function familyOf(version: number): "ipv4" | "ipv6" {
  return version === 4 ? "ipv4" : "ipv6";
}

const arnParts = 6;

/** Each of the six parts on its own: a `*` does not cross a colon, except in the last one. */
function arn(wanted: string, { variables }: { readonly variables: boolean }): Matcher {
  const parts = splitArn(wanted);
  if (parts === undefined && wanted !== "*") throw malformed(`Invalid ARN in condition: ${wanted}`);
  const patterns = parts?.map((part) => parsePattern(part, { variables, wildcards: true }));
  return (value, resolve) => {
    if (patterns === undefined) return true;
    const values = splitArn(value);
    if (values === undefined) return false;
    let result: boolean | "unresolved" = true;
    for (const [index, pattern] of patterns.entries()) {
      const match = matchesPattern(pattern, values[index] ?? "", resolve);
      if (match === false) return false;
      if (match === "unresolved") result = match;
    }
    return result;
  };
}

/** The colons of variables do not count. */
function splitArn(value: string): readonly string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < value.length && parts.length < arnParts - 1; at += 1) {
    if (value.startsWith("${", at)) at = Math.max(at, value.indexOf("}", at));
    else if (value[at] === ":") {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(value.slice(start));
  return parts.length === arnParts && parts[0] === "arn" ? parts : undefined;
}
