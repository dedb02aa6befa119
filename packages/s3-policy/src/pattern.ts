// Wildcards and policy variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
import { normalizeConditionKey } from "./conditions/condition-keys.ts";
import { malformed } from "./policy-error.ts";

/** `*` is any text, also none, and crosses every separator; `?` is one character. */
export type Token = string | typeof anyText | typeof anyCharacter | Variable;
type Variable = { readonly variable: string; readonly fallback: string | undefined };

const anyText = Symbol("*");
const anyCharacter = Symbol("?");

/** A text with wildcards and variables, as it stands in a policy. */
export type Pattern = {
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly hasVariables: boolean;
};

/** What a variable stands for in this request. */
export type ResolveVariable = (key: string) => string | undefined;

export type ParsePatternOptions = {
  /** Policies of 2008 have none: `${aws:username}` is that text there. */
  readonly variables: boolean;
  /** Without wildcards `*` and `?` are themselves. */
  readonly wildcards: boolean;
};

/** Throws {@link PolicyError} for a variable that no request could fill. */
export function parsePattern(source: string, { variables, wildcards }: ParsePatternOptions): Pattern {
  const tokens: Token[] = [];
  const literal = (text: string): void => {
    const last = tokens.at(-1);
    if (typeof last === "string") tokens[tokens.length - 1] = last + text;
    else if (text !== "") tokens.push(text);
  };
  for (let at = 0; at < source.length; ) {
    const end = variables && source.startsWith("${", at) ? source.indexOf("}", at) : -1;
    if (end !== -1) {
      const token = parseVariable(source.slice(at + 2, end));
      if (typeof token === "string") literal(token);
      else tokens.push(token);
      at = end + 1;
      continue;
    }
    const character = source.charAt(at);
    if (wildcards && character === "*") {
      if (tokens.at(-1) !== anyText) tokens.push(anyText);
    } else if (wildcards && character === "?") tokens.push(anyCharacter);
    else literal(character);
    at += 1;
  }
  return { source, tokens, hasVariables: tokens.some((token) => typeof token === "object") };
}

function parseVariable(text: string): Variable | string {
  if (text === "*" || text === "?" || text === "$") return text;
  const [, name = "", fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)')?\s*$/.exec(text) ?? [];
  const key = normalizeConditionKey(name);
  if (key === undefined) throw malformed(`Policy has an invalid variable: ${text}`);
  return { variable: key, fallback };
}

/** True, false, or `unresolved` when a variable of the pattern stands for nothing in this request. */
export type PatternMatch = boolean | "unresolved";

/**
 * Whether the whole text matches. What a variable stands for is taken literally: a user named `*` matches only that.
 *
 * Time is bounded by the product of both lengths, and linear for patterns without `?`.
 */
export function matchesPattern(pattern: Pattern, text: string, resolve: ResolveVariable): PatternMatch {
  if (!pattern.hasVariables) return matchesTokens(pattern.tokens, text);
  const tokens: Token[] = [];
  for (const token of pattern.tokens) {
    if (typeof token !== "object") {
      tokens.push(token);
      continue;
    }
    const value = resolve(token.variable) ?? token.fallback;
    if (value === undefined) return "unresolved";
    tokens.push(value);
  }
  return matchesTokens(tokens, text);
}

/** Between two `*` the leftmost place is as good as any, so nothing is ever tried twice. */
function matchesTokens(tokens: readonly Token[], text: string): boolean {
  let at = 0;
  let isFloating = false;
  for (let first = 0; first < tokens.length || !isFloating; ) {
    let end = first;
    while (end < tokens.length && tokens[end] !== anyText) end += 1;
    const piece = tokens.slice(first, end);
    const isLast = end === tokens.length;
    const next = isFloating ? find(piece, text, at, isLast) : matchAt(piece, text, at);
    if (next === -1) return false;
    at = next;
    if (isLast) return at === text.length;
    isFloating = true;
    first = end + 1;
  }
  return true;
}

/** Where a piece that may stand anywhere from here on ends; the last one must end with the text. */
function find(piece: readonly Token[], text: string, from: number, isLast: boolean): number {
  const [only] = piece;
  if (piece.length === 0) return isLast ? text.length : from;
  if (piece.length === 1 && typeof only === "string") {
    const at = isLast ? text.length - only.length : text.indexOf(only, from);
    return at >= from && text.startsWith(only, at) ? at + only.length : -1;
  }
  for (let at = from; at <= text.length; at += 1) {
    const end = matchAt(piece, text, at);
    if (end !== -1 && (!isLast || end === text.length)) return end;
  }
  return -1;
}

function matchAt(piece: readonly Token[], text: string, from: number): number {
  let at = from;
  for (const token of piece) {
    if (typeof token === "string") {
      if (!text.startsWith(token, at)) return -1;
      at += token.length;
      continue;
    }
    const point = text.codePointAt(at);
    if (point === undefined) return -1;
    at += point > 0xffff ? 2 : 1;
  }
  return at;
}
