import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties, formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { listServices } from "../services/list-services.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesHealth } from "./index.ts";

type Invocation = Parameters<RunOf<typeof servicesHealth>>[0];
type Health = CallAnswer<Routes["getServiceHealthStatus"]>["body"];
type Summary = CallAnswer<Routes["getServiceHealthBatch"]>["body"][number];

export const run: RunOf<typeof servicesHealth> = async (invocation) => {
  const { api, arguments: given, options } = invocation;
  const client = await api();
  const found =
    given.service === undefined && options.id === undefined
      ? await showAll(invocation, client)
      : [await showOne(invocation, client)];
  const away = found.filter(({ status }) => status !== "operational");
  if (!options.exitCode || away.length === 0) return;
  throw new CliError("Failed", `Not operational: ${away.map(({ name, status }) => `${name} (${status})`).join(", ")}.`);
};

type Found = { readonly name: string; readonly status: string };

async function showAll({ output, options, now }: Invocation, client: ApiClient): Promise<readonly Found[]> {
  const services = await listServices(client);
  if (options.check) for (const { id } of services) await checkNow(client, id);
  const names = new Map(services.map(({ id, name }) => [id, name]));
  const rows = await readSummaries(
    client,
    services.map(({ id }) => id),
  );
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no services. Make one with: stave services create -t s3 -n my-storage",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ service_id }) => service_id, isRight: true },
        { title: "NAME", of: ({ service_id }) => names.get(service_id) },
        { title: "HEALTH", of: ({ status }) => status },
        { title: "ANSWERS IN", of: ({ latency_ms }) => (latency_ms === null ? null : `${latency_ms} ms`) },
        { title: "UPTIME 24H", of: ({ uptime_24h_percent }) => percent(uptime_24h_percent) },
        { title: "CHECKED", of: ({ checked_at }) => formatTime(checked_at, time) },
        { title: "REASON", of: ({ reason }) => reason },
      ]),
  });
  return rows.map(({ service_id, status }) => ({ name: names.get(service_id) ?? String(service_id), status }));
}

const batchSize = 200;

async function readSummaries({ call }: ApiClient, ids: readonly number[]): Promise<readonly Summary[]> {
  const found: Summary[] = [];
  for (let at = 0; at < ids.length; at += batchSize) {
    const query = { ids: ids.slice(at, at + batchSize).join(",") };
    found.push(...(await call("get /api/external-services/health-status-batch", { query })).body);
  }
  return found;
}

async function showOne(invocation: Invocation, client: ApiClient): Promise<Found> {
  const { options, output, now } = invocation;
  const id = await resolveService(invocation, client);
  const health = options.check ? await checkNow(client, id) : await readHealth(client, id, options.limit);
  const time = { now: now(), isAbsolute: output.isAbsolute };
  const checks = health.checks.slice(0, options.limit);
  output.result({ ...health, checks }, () => {
    const summary = formatProperties({
      Health: health.reason === null ? health.status : `${health.status}: ${health.reason}`,
      Since: formatTime(health.since, time),
      "Answers in": health.latency_ms === null ? null : `${health.latency_ms} ms`,
      "Uptime 24h": percent(health.uptime_24h_percent),
    });
    if (checks.length === 0) return summary;
    const rows = formatTable(checks, [
      { title: "CHECKED", of: ({ at }) => formatTime(at, time) },
      { title: "HEALTH", of: ({ status }) => status },
      { title: "ANSWERS IN", of: ({ latency_ms }) => (latency_ms === null ? null : `${latency_ms} ms`) },
      { title: "REASON", of: ({ reason }) => reason },
    ]);
    return `${summary}\n${rows}`;
  });
  return { name: `service ${id}`, status: health.status };
}

async function readHealth({ call }: ApiClient, id: number, limit: number): Promise<Health> {
  const { body } = await call("get /api/external-services/{id}/health-status", { params: { id }, query: { limit } });
  return body;
}

async function checkNow({ call }: ApiClient, id: number): Promise<Health> {
  const { body } = await call("post /api/external-services/{id}/health-check", { params: { id } });
  return body;
}

function percent(value: number | null): string | null {
  return value === null ? null : `${Number(value.toFixed(2))} %`;
}
