import type { MetricPoint } from "@stave/control-database";

type Values = MetricPoint["values"];

/** Counters of a state, of which the last one is what was so. */
const last: ReadonlySet<string> = new Set(["disk_bytes", "uptime_seconds"]);

/** Several steps of one service, oldest first, as one: averages, the greatest of those that end in `_max`, and the last of what only grows. */
export function combinePoints(points: readonly { readonly values: Values }[]): Values {
  const names = new Set(points.flatMap(({ values }) => Object.keys(values)));
  return Object.fromEntries(
    [...names].map((name) => {
      const known = points.flatMap(({ values }) => values[name] ?? []);
      if (name.endsWith("_max")) return [name, Math.max(...known)];
      if (last.has(name)) return [name, known.at(-1) ?? 0];
      return [name, known.reduce((sum, value) => sum + value, 0) / known.length];
    }),
  );
}

/** By the step in which they are. */
export function groupByStep(points: readonly MetricPoint[], stepSeconds: number): ReadonlyMap<number, MetricPoint[]> {
  return Map.groupBy(points, ({ at }) => startOfStep(at, stepSeconds).getTime());
}

export function startOfStep(at: Date, stepSeconds: number): Date {
  const stepMs = stepSeconds * 1000;
  return new Date(Math.floor(at.getTime() / stepMs) * stepMs);
}
