import { formatBytes, formatSeconds } from "../../output/format-values.ts";

/** What is shown of each point, in this order, and how. */
export const shownMetrics = {
  up: (value: number) => `${(value * 100).toFixed(value === 1 || value === 0 ? 0 : 1)} %`,
  requests_per_second: (value: number) => `${value.toFixed(1)}/s`,
  errors_per_second: (value: number) => `${value.toFixed(1)}/s`,
  cpu_percent: (value: number) => `${value.toFixed(1)} %`,
  memory_bytes: formatBytes,
  memory_percent: (value: number) => `${value.toFixed(1)} %`,
  disk_bytes: formatBytes,
  uptime_seconds: formatSeconds,
} as const;

export type MetricName = keyof typeof shownMetrics;
export type MetricPoint = Readonly<Record<MetricName, number | null>>;

export const metricNames = Object.keys(shownMetrics) as readonly MetricName[];

export function formatMetric(name: MetricName, value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : shownMetrics[name](value);
}

const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** The greatest of each part of the values as a bar; what is not known is a blank. */
export function formatSparkline(values: readonly (number | null)[], width = 40): string {
  const parts = Math.min(width, values.length);
  const most = Array.from({ length: parts }, (_, at) => {
    const part = values.slice(Math.floor((at * values.length) / parts), Math.floor(((at + 1) * values.length) / parts));
    const known = part.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
  const top = Math.max(0, ...most.filter((value) => value !== null));
  return most.map((value) => (value === null ? " " : bars[barOf(value, top)])).join("");
}

/** Zero is at the bottom, so that a steady load does not look like a storm. */
function barOf(value: number, top: number): number {
  return top <= 0 ? 0 : Math.min(bars.length - 1, Math.floor((Math.max(0, value) / top) * (bars.length - 1) + 0.5));
}
