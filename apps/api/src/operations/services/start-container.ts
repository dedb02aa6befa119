import type { ServiceRecord } from "@stave/control-database";
import { findOwn } from "../../containers/container-steps.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Caller } from "../../http/caller.ts";
import type { ApiAnswer } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { startContainerJob } from "../../jobs/start-container.ts";
import { stopContainerJob } from "../../jobs/stop-container.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";

type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["startService"]>;

/** Nothing happens when its container runs. */
export async function startContainer(
  context: OperationContext,
  service: ServiceRecord,
  {
    caller,
    query,
  }: { readonly caller: Pick<Caller, "actor">; readonly query: { readonly allow_empty_volume: boolean } },
): Promise<Answer> {
  if (service.status === "running" && (await stateOf(context, service)) === "running") {
    return { status: 200, body: showService(context, service) };
  }
  const data = { serviceId: service.id, mayBeEmpty: query.allow_empty_volume };
  return await runJob(context, service, { actor: caller.actor, type: startContainerJob.type, data });
}

/** Nothing happens when its container does not run. */
export async function stopContainer(
  context: OperationContext,
  service: ServiceRecord,
  { caller }: { readonly caller: Pick<Caller, "actor"> },
): Promise<Answer> {
  if (service.status === "stopped" && (await stateOf(context, service)) !== "running") {
    return { status: 200, body: showService(context, service) };
  }
  const data = { serviceId: service.id, reason: `Stopped by ${caller.actor}.` };
  return await runJob(context, service, { actor: caller.actor, type: stopContainerJob.type, data });
}

/** Throws a `Problem` when Docker is away. */
async function stateOf(context: OperationContext, { id }: ServiceRecord) {
  const container = await context.database.as("system").containers.find(id);
  if (container === undefined) return undefined;
  const found = await orDockerProblem(withPatience((signal) => findOwn({ ...context, signal }, container)));
  return found?.state;
}

type NewWork = { readonly actor: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** The service as it is then, or as it is now when that takes longer. */
async function runJob(
  context: OperationContext,
  service: ServiceRecord,
  { actor, type, data }: NewWork,
): Promise<Answer> {
  const subject = `service:${service.id}`;
  const job = await orProblem(context.database.as(actor).jobs.create({ type, subject, data }));
  context.wakeJobs();
  const ended = await waitForJob(context, job.id);
  const body = showService(context, await findService(context, service.id));
  return ended === undefined
    ? { status: 202, headers: { location: `/api/jobs/${job.id}` }, body }
    : { status: 200, body };
}
