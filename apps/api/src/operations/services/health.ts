import type { ServiceHealth, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { checkAndNote } from "../../services/health-monitor.ts";
import { findService } from "./find-service.ts";

const dayMs = 24 * 3_600_000;
const shownChecks = 50;

export function getServiceHealth(context: OperationContext): Handler<"getServiceHealth"> {
  return async ({ params: { id } }) => {
    await findService(context, id);
    const health = (await context.database.as("system").serviceHealth.find([id])).get(id);
    const healthy = health?.status === "operational" || health?.status === "degraded";
    return { status: 200, body: { healthy } };
  };
}

export function getServiceHealthStatus(context: OperationContext): Handler<"getServiceHealthStatus"> {
  return async ({ params: { id }, query: { limit } }) => {
    await findService(context, id);
    return { status: 200, body: await showStatus(context, id, limit) };
  };
}

export function checkServiceHealth(context: OperationContext): Handler<"checkServiceHealth"> {
  return async ({ params: { id } }) => {
    const service = await findService(context, id);
    refuseUnfinished(service);
    await checkAndNote(context, service);
    return { status: 200, body: await showStatus(context, id, shownChecks) };
  };
}

export function getServiceHealthBatch(context: OperationContext): Handler<"getServiceHealthBatch"> {
  return async ({ query: { ids } }) => {
    const { services, serviceHealth } = context.database.as("system");
    const found = await Promise.all([...new Set(ids)].map((id) => services.find(id)));
    const known = found.flatMap((service) => service?.id ?? []);
    const [health, uptime] = await Promise.all([
      serviceHealth.find(known),
      serviceHealth.uptime(known, new Date(context.now().getTime() - dayMs)),
    ]);
    return { status: 200, body: known.map((id) => summarize(id, health.get(id), uptime.get(id))) };
  };
}

function refuseUnfinished({ status }: ServiceRecord): void {
  if (status === "running" || status === "stopped" || status === "failed") return;
  throw new Problem("CONFLICT", { detail: `The service is ${status}.` });
}

async function showStatus(context: OperationContext, id: number, limit: number) {
  const { serviceHealth } = context.database.as("system");
  const [health, uptime, checks] = await Promise.all([
    serviceHealth.find([id]),
    serviceHealth.uptime([id], new Date(context.now().getTime() - dayMs)),
    serviceHealth.checks(id, limit),
  ]);
  return {
    ...summarize(id, health.get(id), uptime.get(id)),
    checks: checks.map(({ at, status, latencyMs, reason }) => ({
      at: at.toISOString(),
      status,
      latency_ms: latencyMs ?? null,
      reason: reason ?? null,
    })),
  };
}

function summarize(id: number, health: ServiceHealth | undefined, uptime: number | undefined) {
  return {
    service_id: id,
    status: health?.status ?? ("unknown" as const),
    since: health?.since.toISOString() ?? null,
    checked_at: health?.checkedAt?.toISOString() ?? null,
    latency_ms: health?.latencyMs ?? null,
    reason: health?.reason ?? null,
    uptime_24h_percent: uptime === undefined ? null : Math.round(uptime * 1000) / 1000,
  };
}
