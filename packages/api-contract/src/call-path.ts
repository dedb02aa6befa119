/**
 * Where a route is called: `/api/jobs/7?limit=10` of `/api/jobs/{id}`. `{name+}` takes names with slashes; nothing of a name is ever read as a
 * path of its own. Nothing else of the contract is loaded for it.
 */
export function callPath(
  path: string,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const filled = path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) =>
    // Dots alone would be taken for "this folder" on the way.
    encodeURIComponent(String(params[name])).replace(/^\.{1,2}$/, (dots) => dots.replaceAll(".", "%2E")),
  );
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
}
