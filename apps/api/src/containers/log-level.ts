/** From the least to the worst. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * The level that a line says it has: as JSON (`level` or `severity`, also pino's numbers), as logfmt (`level=warn`), or as a word near its beginning that
 * is written in capitals or in brackets. Undefined: it says none.
 */
export function readLogLevel(text: string): LogLevel | undefined {
  const line = text.trimStart();
  if (line.startsWith("{")) return levelOfJson(line);
  const beginning = line.slice(0, wordsWithin);
  const [, named, word, bracketed] =
    /\b(?:level|lvl|severity)=["']?([A-Za-z]{1,11})\b|\b([A-Z]{3,11})\b|[[<]([A-Za-z]{3,11})[\]>]/.exec(beginning) ??
    [];
  const found = levelOfWord(named ?? word ?? bracketed);
  if (found !== undefined || (word ?? bracketed) === undefined) return found;
  // Another word in capitals came first, such as GET or UTC.
  for (const [, capitals, other] of beginning.matchAll(/\b([A-Z]{3,11})\b|[[<]([A-Za-z]{3,11})[\]>]/g)) {
    const level = levelOfWord(capitals ?? other);
    if (level !== undefined) return level;
  }
  return undefined;
}

export function isAtLeast(level: LogLevel | undefined, least: LogLevel): boolean {
  return level !== undefined && logLevels.indexOf(level) >= logLevels.indexOf(least);
}

/** Further on they are what is told, and not how bad it is. */
const wordsWithin = 100;

function levelOfJson(line: string): LogLevel | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { level, severity, lvl } = parsed as Readonly<Record<string, unknown>>;
  const said = level ?? severity ?? lvl;
  if (typeof said === "number") return logLevels[Math.min(Math.floor(said / 10) - 1, logLevels.length - 1)];
  return typeof said === "string" ? levelOfWord(said) : undefined;
}

function levelOfWord(word: string | undefined): LogLevel | undefined {
  return word === undefined ? undefined : words.get(word.toLowerCase());
}

const words: ReadonlyMap<string, LogLevel> = new Map([
  ...logLevels.map((level) => [level, level] as const),
  ["warning", "warn"],
  ["information", "info"],
  ["notice", "info"],
  ["err", "error"],
  ["critical", "fatal"],
  ["crit", "fatal"],
  ["panic", "fatal"],
  ["alert", "fatal"],
  ["emergency", "fatal"],
]);
