import type { Pattern } from "./pattern.ts";

/** Below this, looking at each is as fast. */
const minPatterns = 8;

/**
 * Resources by the bucket that they are of, so that a scope with a thousand buckets costs as little as one with ten. Undefined for
 * few of them, and where one could be of more than one bucket or has a variable.
 */
export function indexByBucket(patterns: readonly Pattern[]): ReadonlyMap<string, readonly Pattern[]> | undefined {
  if (patterns.length < minPatterns) return undefined;
  const index = new Map<string, Pattern[]>();
  for (const pattern of patterns) {
    const [start] = pattern.tokens;
    if (typeof start !== "string" || pattern.hasVariables) return undefined;
    if (!start.includes("/") && pattern.tokens.length > 1) return undefined;
    const bucket = bucketOf(start);
    const others = index.get(bucket);
    if (others === undefined) index.set(bucket, [pattern]);
    else others.push(pattern);
  }
  return index;
}

/** The part of `bucket/key` or `bucket` before the first slash. */
export function bucketOf(resource: string): string {
  const slash = resource.indexOf("/");
  return slash === -1 ? resource : resource.slice(0, slash);
}
