import type { RouteDefinition } from "@stave/api-contract";

export type Resource = {
  readonly path: string;
  readonly operations: readonly (readonly [operationId: string, route: RouteDefinition])[];
};

/**
 * What can be done at each path. Where two paths fit a request, the one that says more comes first, as OpenAPI has it: `/types` before `/{id}`,
 * and what follows a key before the key that takes it all. https://spec.openapis.org/oas/v3.1.1.html#path-templating-matching
 */
export function resourcesOf(routes: Readonly<Record<string, RouteDefinition>>): readonly Resource[] {
  const byPath = Map.groupBy(Object.entries(routes), ([, { path }]) => path);
  return [...byPath]
    .map(([path, operations]) => ({ path, operations }))
    .toSorted((a, b) => (rankOf(a.path) < rankOf(b.path) ? -1 : 1));
}

/** One character for each segment, of which the first that differs decides. */
function rankOf(path: string): string {
  const ranks = path.split("/").map((segment) => {
    if (segment.endsWith("+}")) return "2";
    return segment.startsWith("{") ? "1" : "0";
  });
  return `${ranks.join("")}9`; // what goes on comes before what ends here
}
