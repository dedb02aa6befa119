import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { deleteContainerJob } from "../../jobs/delete-container.ts";
import { deleteServiceJob } from "../../jobs/delete-service.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { findBackups, findGoing, readContainer } from "../../services/find-going.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";

export function deleteService(context: OperationContext): Handler<"deleteService"> {
  return async ({ caller, params, query: { force, dry_run: isDryRun, backups, volume } }) => {
    const service = await findService(context, params.id);
    const { status } = service;
    if (status !== "running" && status !== "stopped" && status !== "failed") {
      throw new Problem("CONFLICT", { detail: `The service is ${status}.` });
    }
    const inContainer = await readContainer(context, service, volume);
    const found = await findGoing(context, service, { force, inContainer, counts: isDryRun });
    const { blockers, ...going } = { ...found, backups: await findBackups(context, service) };
    if (isDryRun) return { status: 200, body: { service: showService(context, service), ...going, blockers } };
    if (blockers.length > 0) {
      const nextActions = ["Remove what stands in the way, or look with dry_run=true at what would go."];
      throw new Problem("CONFLICT", { detail: blockers.join(" "), nextActions });
    }
    const { statusReason, accountId, id } = service;
    const job = await orProblem(
      context.database.as(caller.actor).jobs.create({
        type: inContainer ? deleteContainerJob.type : deleteServiceJob.type,
        subject: `service:${id}`,
        data: {
          serviceId: id,
          ...(inContainer ? { removesVolume: inContainer.removesVolume } : { force }),
          backups,
          fromStatus: status,
          ...(accountId !== undefined && { accountId }),
          ...(statusReason !== undefined && { fromReason: statusReason }),
        },
      }),
    );
    context.wakeJobs();
    if ((await waitForJob(context, job.id)) !== undefined) return { status: 204 };
    const current = (await context.database.as("system").services.find(id)) ?? service;
    return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body: showService(context, current) };
  };
}
