import { InvalidValue, oneOf } from "../../command/options.ts";

export const metricNames = [
  "up",
  "cpu_percent",
  "memory_bytes",
  "memory_percent",
  "disk_bytes",
  "uptime_seconds",
  "requests_per_second",
  "errors_per_second",
] as const;

const comparisons = { ">": "gt", ">=": "gte", "<": "lt", "<=": "lte" } as const;

export type Condition = {
  readonly metric: (typeof metricNames)[number];
  readonly comparison: (typeof comparisons)[keyof typeof comparisons];
  readonly threshold: number;
};

/** `memory_percent > 90` */
export function condition(text: string): Condition {
  const [, metric = "", sign, value] = /^\s*(\w+)\s*([<>]=?)\s*(-?\d{1,18}(?:\.\d{1,9})?)\s*$/.exec(text) ?? [];
  if (sign === undefined) throw new InvalidValue(`Expected a condition such as 'memory_percent > 90', got "${text}".`);
  return {
    metric: oneOf(metricNames)(metric),
    comparison: comparisons[sign as keyof typeof comparisons],
    threshold: Number(value),
  };
}

export function formatCondition({ metric, comparison, threshold }: Condition): string {
  const sign = Object.entries(comparisons).find(([, word]) => word === comparison)?.[0] ?? comparison;
  return `${metric} ${sign} ${threshold}`;
}
