import type { serviceMetricNames } from "@stave/api-contract";
import type { AlertRecord, AlertRule } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handler, Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { findService } from "../services/find-service.ts";

type Operations = Pick<
  Handlers,
  "listAlertRules" | "createAlertRule" | "getAlertRule" | "updateAlertRule" | "deleteAlertRule" | "listServiceAlerts"
>;

export function alertOperations(context: OperationContext): Operations {
  const { database } = context;
  const { alerts } = database.as("system");
  const findRule = async ({ id, rule_id: ruleId }: { readonly id: number; readonly rule_id: string }) => {
    await findService(context, id);
    const rule = await alerts.findRule(ruleId);
    if (rule?.serviceId === id) return rule;
    throw new Problem("NOT_FOUND", { detail: "The service has no such alert rule." });
  };
  return {
    async listAlertRules({ params: { id } }) {
      await findService(context, id);
      return { status: 200, body: (await alerts.rules({ serviceId: id })).map(showRule) };
    },
    async createAlertRule({ caller, params: { id }, body }) {
      await findService(context, id);
      const rule = await orProblem(database.as(caller.actor).alerts.insertRule({ serviceId: id, ...readRule(body) }));
      const headers = { location: `/api/external-services/${id}/alert-rules/${rule.id}` };
      return { status: 201, headers, body: showRule(rule) };
    },
    async getAlertRule({ params }) {
      return { status: 200, body: showRule(await findRule(params)) };
    },
    async updateAlertRule({ caller, params, body }) {
      const { id } = await findRule(params);
      return {
        status: 200,
        body: showRule(await orProblem(database.as(caller.actor).alerts.changeRule(id, readRule(body)))),
      };
    },
    async deleteAlertRule({ caller, params }) {
      const { id } = await findRule(params);
      await database.as(caller.actor).alerts.removeRule(id);
      return { status: 204 };
    },
    async listServiceAlerts({ params: { id }, query: { state, before, limit } }) {
      await findService(context, id);
      const isFiring = state === undefined ? undefined : state === "firing";
      const found = await alerts.alerts({ serviceId: id, isFiring, before, limit });
      return { status: 200, body: found.map(showAlert) };
    },
  };
}

type Body = Parameters<Handler<"createAlertRule">>[0]["body"];
type MetricName = (typeof serviceMetricNames)[number];

function readRule({ for_seconds: forSeconds, enabled: isEnabled, ...rule }: Body) {
  return { ...rule, forSeconds, isEnabled };
}

function showRule(rule: AlertRule) {
  return {
    id: rule.id,
    service_id: rule.serviceId,
    name: rule.name,
    metric: rule.metric as MetricName,
    comparison: rule.comparison,
    threshold: rule.threshold,
    for_seconds: rule.forSeconds,
    severity: rule.severity,
    enabled: rule.isEnabled,
    breached_since: rule.breachedSince?.toISOString() ?? null,
    created_at: rule.createdAt.toISOString(),
    updated_at: rule.updatedAt.toISOString(),
  };
}

function showAlert({ id, serviceId, rule, value, firedAt, resolvedAt, resolution }: AlertRecord) {
  const { forSeconds, metric, ...shown } = rule;
  return {
    id,
    service_id: serviceId,
    rule: { ...shown, metric: metric as MetricName, for_seconds: forSeconds },
    state: resolvedAt === undefined ? ("firing" as const) : ("resolved" as const),
    value,
    fired_at: firedAt.toISOString(),
    resolved_at: resolvedAt?.toISOString() ?? null,
    resolution: resolution ?? null,
  };
}
