import type { MetricPoint } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { combinePoints, groupByStep } from "../../metrics/combine-points.ts";
import { coarseSeconds, fineSeconds } from "../../metrics/sample-services.ts";
import { findService } from "../services/find-service.ts";

const hourMs = 3_600_000;

/** What each range is read from, and the step in which it is answered: at most 336 points. */
const ranges = {
  "1h": { lengthMs: hourMs, source: fineSeconds, step: fineSeconds },
  "6h": { lengthMs: 6 * hourMs, source: fineSeconds, step: 120 },
  "24h": { lengthMs: 24 * hourMs, source: coarseSeconds, step: coarseSeconds },
  "7d": { lengthMs: 7 * 24 * hourMs, source: coarseSeconds, step: 1800 },
} as const;

export function metricOperations(
  context: OperationContext,
): Pick<Handlers, "getServiceMetrics" | "getLatestServiceMetrics"> {
  const { metrics } = context.database.as("system");
  return {
    async getServiceMetrics({ params: { id }, query: { range } }) {
      await findService(context, id);
      const { lengthMs, source, step } = ranges[range];
      const to = new Date(context.now().getTime() + 1);
      const found = await metrics.list(source, { serviceId: id, from: new Date(to.getTime() - lengthMs), to });
      const points = [...groupByStep(found, step)].map(([at, inStep]) =>
        showPoint(new Date(at), combinePoints(inStep)),
      );
      return { status: 200, body: { service_id: id, range, step_seconds: step, points } };
    },
    async getLatestServiceMetrics({ params: { id } }) {
      await findService(context, id);
      const point = await metrics.latest(fineSeconds, id);
      return {
        status: 200,
        body: { service_id: id, point: point === undefined ? null : showPoint(point.at, point.values) },
      };
    },
  };
}

function showPoint(at: Date, values: MetricPoint["values"]) {
  const known = (name: string) => {
    const value = values[name];
    return value === undefined ? null : Math.round(value * 1000) / 1000;
  };
  return {
    at: at.toISOString(),
    up: known("up"),
    cpu_percent: known("cpu_percent"),
    cpu_percent_max: known("cpu_percent_max"),
    memory_bytes: known("memory_bytes"),
    memory_bytes_max: known("memory_bytes_max"),
    memory_percent: known("memory_percent"),
    disk_bytes: known("disk_bytes"),
    uptime_seconds: known("uptime_seconds"),
    requests_per_second: known("requests_per_second"),
    errors_per_second: known("errors_per_second"),
  };
}
