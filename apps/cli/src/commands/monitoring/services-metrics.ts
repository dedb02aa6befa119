import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { resolveService } from "../services/resolve-service.ts";
import { formatMetric, formatSparkline, type MetricPoint, metricNames } from "./format-metrics.ts";
import type { servicesMetrics } from "./index.ts";

const nothingYet = "It is not measured yet: the first values are there after 30 seconds.";

export const run: RunOf<typeof servicesMetrics> = async (invocation) => {
  const { api, options, output } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  if (options.latest) {
    const { body } = await client.call("get /api/external-services/{id}/metrics/latest", { params: { id } });
    if (body.point === null) output.note(nothingYet);
    return output.result(body, () => (body.point === null ? "" : formatLatest(body.point)));
  }
  const query = { range: options.range };
  const { body } = await client.call("get /api/external-services/{id}/metrics", { params: { id }, query });
  if (body.points.length === 0) output.note(nothingYet);
  output.result(body, () => (body.points.length === 0 ? "" : formatHistory(body.points)));
};

function formatLatest(point: MetricPoint): string {
  const known = metricNames.filter((name) => point[name] !== null);
  return formatTable(known, [
    { title: "METRIC", of: (name) => name },
    { title: "NOW", of: (name) => formatMetric(name, point[name]) },
  ]);
}

function formatHistory(points: readonly MetricPoint[]): string {
  const known = metricNames.filter((name) => points.some((point) => point[name] !== null));
  const valuesOf = (name: (typeof known)[number]) =>
    points.map((point) => point[name]).filter((value) => value !== null);
  return formatTable(known, [
    { title: "METRIC", of: (name) => name },
    { title: "NOW", of: (name) => formatMetric(name, valuesOf(name).at(-1)) },
    { title: "LEAST", of: (name) => formatMetric(name, Math.min(...valuesOf(name))) },
    { title: "MOST", of: (name) => formatMetric(name, Math.max(...valuesOf(name))) },
    { title: "HISTORY", of: (name) => formatSparkline(points.map((point) => point[name])) },
  ]);
}
