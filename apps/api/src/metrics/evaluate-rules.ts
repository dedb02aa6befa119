import type { AlertComparison, MetricPoint } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

/** Compares what was measured with what somebody wants to be told of. What was not known says nothing. */
export async function evaluateRules({ database }: ApiContext, points: readonly MetricPoint[]): Promise<void> {
  const { alerts } = database.as("alert rules");
  const byService = new Map(points.map((point) => [point.serviceId, point]));
  for (const { id, serviceId, metric, comparison, threshold } of await alerts.rules({ isEnabled: true })) {
    const point = byService.get(serviceId);
    const value = point?.values[metric];
    if (point === undefined || value === undefined) continue;
    await alerts.evaluate(id, { isBreached: comparisons[comparison](value, threshold), value, at: point.at });
  }
}

const comparisons: Readonly<Record<AlertComparison, (value: number, threshold: number) => boolean>> = {
  gt: (value, threshold) => value > threshold,
  gte: (value, threshold) => value >= threshold,
  lt: (value, threshold) => value < threshold,
  lte: (value, threshold) => value <= threshold,
};
