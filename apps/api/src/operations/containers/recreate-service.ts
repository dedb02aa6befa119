import { orDockerProblem } from "../../containers/docker-problem.ts";
import { lookAtContainer } from "../../containers/look-at-container.ts";
import { withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "../services/find-service.ts";
import { beginReplacement } from "../services/upgrade-service.ts";
import { refuseUnfinished, requireContained } from "./find-container.ts";

/** For limits that Docker cannot take away from a container, or not change in one. */
export function recreateService(context: OperationContext): Handler<"recreateService"> {
  return async ({ caller, params: { id } }) => {
    const { service, container } = await requireContained(context, id);
    refuseUnfinished(service);
    const seen = await orDockerProblem(withPatience((signal) => lookAtContainer(context, container, signal)));
    if (seen === undefined) {
      throw new Problem("CONFLICT", {
        detail: "The service has no container.",
        nextActions: ["Start the service: its container is made again, with the limits that are configured."],
      });
    }
    const wish = { reason: "change" as const };
    const job = await beginReplacement(context, service, { actor: caller.actor, wish });
    const ended = await waitForJob(context, job.id);
    const body = showService(context, await findService(context, id));
    if (ended !== undefined) return { status: 200, body };
    return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body };
  };
}
