/** Whether a name is wanted: matched by one of `include`, if there are any, and by none of `exclude`. */
export function createNameFilter({
  include,
  exclude,
}: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): (name: string) => boolean {
  return (name) =>
    (include.length === 0 || include.some((pattern) => matches(pattern, name))) &&
    !exclude.some((pattern) => matches(pattern, name));
}

/**
 * `*` is anything but a slash, `**` anything, `?` one character. A pattern without a slash is for the last part of the name: `*.jpg` is every
 * picture, wherever it is. The time is in proportion to both lengths, whatever is in them.
 */
export function matches(pattern: string, name: string): boolean {
  const text = pattern.includes("/") ? name : name.slice(name.lastIndexOf("/") + 1);
  const tokens = pattern.match(/\*\*\/?|\*|\?|[^*?]/gsu) ?? [];
  // The places in the pattern that what was read so far can lead to.
  let places = withSkipped(new Set([0]), tokens);
  for (const character of text) {
    const arrived = new Set<number>();
    const inside = new Set<number>();
    for (const at of places) {
      const token = tokens[at];
      if (token === undefined) continue;
      // In the middle of a directory: its end has to come before what is behind it.
      if (token === "**/") inside.add(at);
      if (token === "**" || (token === "*" && character !== "/")) arrived.add(at);
      if (token === "**/" && character === "/") arrived.add(at + 1);
      if (token === character || (token === "?" && character !== "/")) arrived.add(at + 1);
    }
    places = new Set([...withSkipped(arrived, tokens), ...inside]);
    if (places.size === 0) return false;
  }
  return places.has(tokens.length);
}

/** Stars may be nothing at all. */
function withSkipped(places: Set<number>, tokens: readonly string[]): Set<number> {
  for (const at of places) if (tokens[at]?.startsWith("*")) places.add(at + 1);
  return places;
}
