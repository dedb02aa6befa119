import type { CorsConfiguration, CorsRule } from "@stave/s3-xml";

/** What a page of another origin wants to do. */
export type CrossOriginIntent = {
  readonly origin: string;
  readonly method: string;
  /** Names of the headers it wants to send. */
  readonly headers: readonly string[];
};

export type CorsMatch = {
  readonly rule: CorsRule;
  /** The one of its origins that matched. */
  readonly pattern: string;
};

/** The first rule that allows all of it: the origin, case and all, the method, and every header in any case. */
export function matchCorsRule({ rules }: CorsConfiguration, intent: CrossOriginIntent): CorsMatch | undefined {
  const headers = intent.headers.map((name) => name.toLowerCase());
  for (const rule of rules) {
    if (!rule.allowedMethods.includes(intent.method)) continue;
    const pattern = rule.allowedOrigins.find((allowed) => matchesPattern(intent.origin, allowed));
    if (pattern === undefined) continue;
    const patterns = rule.allowedHeaders.map((allowed) => allowed.toLowerCase());
    if (headers.every((name) => patterns.some((allowed) => matchesPattern(name, allowed)))) return { rule, pattern };
  }
  return undefined;
}

/** A pattern has at most one `*`, which stands for any characters, or none. */
function matchesPattern(text: string, pattern: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return text === pattern;
  const fixedLength = pattern.length - 1;
  return (
    text.length >= fixedLength && text.startsWith(pattern.slice(0, star)) && text.endsWith(pattern.slice(star + 1))
  );
}
