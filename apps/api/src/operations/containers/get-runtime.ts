import type { ContainerRecord, ContainerWatch } from "@stave/control-database";
import type { ServiceContainer } from "@stave/docker-services";
import type { ResourceLimits } from "@stave/resource-limits";
import { findContainerDrift } from "../../containers/container-drift.ts";
import { openSpec } from "../../containers/container-spec.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { lookAtContainer } from "../../containers/look-at-container.ts";
import { withPatience } from "../../containers/require-docker.ts";
import { showLimits } from "../../containers/show-limits.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { findContained } from "./find-container.ts";

const hourMs = 3_600_000;

export function getServiceRuntime(context: OperationContext): Handler<"getServiceRuntime"> {
  return async ({ params: { id } }) => {
    const found = await findContained(context, id);
    if (found === undefined) return { status: 200, body: { service_id: id, topology: "none", members: [] } };
    const { container } = found;
    const [seen, { limits }] = await Promise.all([
      orDockerProblem(withPatience((signal) => lookAtContainer(context, container, signal))),
      openSpec(context, container),
    ]);
    const { containerWatch } = context.database.as("system");
    if (seen !== undefined) {
      const drift = findContainerDrift(limits, seen);
      await containerWatch.observe(id, { containerId: seen.id, restartCount: seen.restartCount, drift });
    }
    const [watched, restarts] = await Promise.all([
      containerWatch.find([id]),
      containerWatch.restarts([id], new Date(context.now().getTime() - hourMs)),
    ]);
    const known = { container, limits, watch: watched.get(id), restarts: restarts.get(id) ?? 0 };
    return { status: 200, body: { service_id: id, topology: "standalone", members: [showMember(known, seen)] } };
  };
}

type Known = {
  readonly container: ContainerRecord;
  readonly limits: ResourceLimits;
  readonly watch: ContainerWatch | undefined;
  readonly restarts: number;
};

function showMember({ container, limits, watch, restarts }: Known, seen: ServiceContainer | undefined) {
  const drift = seen === undefined ? [] : findContainerDrift(limits, seen);
  const hasEnded = seen?.finishedAt !== undefined;
  return {
    role: container.role,
    container_name: seen?.name ?? container.containerName,
    container_id: seen?.id ?? null,
    status: seen?.state ?? null,
    restart_count: seen?.restartCount ?? 0,
    restart_rate_per_hour: restarts,
    oom_killed: seen?.isOomKilled ?? false,
    ...showOom(watch),
    exit_code: hasEnded && seen.state !== "running" ? seen.exitCode : null,
    error: seen?.error ?? null,
    started_at: seen?.startedAt?.toISOString() ?? null,
    finished_at: seen?.finishedAt?.toISOString() ?? null,
    image: seen?.image ?? container.image,
    resource_limits: seen === undefined ? null : showLimits(seen.limits),
    configured_limits: showLimits(limits),
    drift: drift.length > 0,
    drift_fields: drift,
  };
}

/** What a banner is made of. */
export function showOom(watch: ContainerWatch | undefined) {
  const { oomCount = 0, lastOomAt, oomAcknowledgedAt } = watch ?? {};
  return {
    oom_count: oomCount,
    last_oom_at: lastOomAt?.toISOString() ?? null,
    oom_acknowledged: lastOomAt !== undefined && oomAcknowledgedAt !== undefined && oomAcknowledgedAt >= lastOomAt,
  };
}
