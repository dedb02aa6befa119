import type { ServiceRecord } from "@stave/control-database";
import { isContainerEngine } from "../../containers/engine-of.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";
import { startContainer, stopContainer } from "./start-container.ts";

export function startService(context: OperationContext): Handler<"startService"> {
  return async ({ caller, params, query }) => {
    const service = await findStartable(context, params.id);
    if (isContainerEngine(service.engine)) return await startContainer(context, service, { caller, query });
    if (service.status === "running") return { status: 200, body: showService(context, service) };
    const change = { status: "running" as const, statusReason: null };
    const options = { ifRevision: service.revision, account: { isSuspended: false } };
    const started = await orConflict(context.database.as(caller.actor).services.change(service.id, change, options));
    return { status: 200, body: showService(context, started) };
  };
}

/** Its keys open nothing from the next request on, and nobody else reaches its buckets. */
export function stopService(context: OperationContext): Handler<"stopService"> {
  return async ({ caller, params }) => {
    const service = await findStartable(context, params.id);
    if (isContainerEngine(service.engine)) return await stopContainer(context, service, { caller });
    if (service.status === "stopped") return { status: 200, body: showService(context, service) };
    const change = { status: "stopped" as const, statusReason: `Stopped by ${caller.actor}.` };
    const options = { ifRevision: service.revision, account: { isSuspended: true } };
    const stopped = await orConflict(context.database.as(caller.actor).services.change(service.id, change, options));
    return { status: 200, body: showService(context, stopped) };
  };
}

async function findStartable(context: OperationContext, id: number): Promise<ServiceRecord> {
  const service = await findService(context, id);
  if (service.engine === "external") {
    throw new Problem("UNPROCESSABLE", { detail: "An external service is started and stopped by who runs it." });
  }
  const startable = ["running", "stopped", ...(isContainerEngine(service.engine) ? ["failed"] : [])];
  if (!startable.includes(service.status)) {
    throw new Problem("CONFLICT", { detail: `The service is ${service.status}.` });
  }
  return service;
}

/** Nobody has named a revision: that it moved meanwhile is a conflict, not a failed condition. */
async function orConflict<T>(work: Promise<T>): Promise<T> {
  try {
    return await orProblem(work);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "PRECONDITION_FAILED") throw error;
    throw new Problem("CONFLICT", { detail: "The service has changed at the same moment. Try again.", cause: error });
  }
}
