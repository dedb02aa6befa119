import type { ContainerRecord } from "@stave/control-database";
import type { ServiceContainer } from "@stave/docker-services";
import type { ApiContext } from "../context.ts";
import { findContainerDrift } from "./container-drift.ts";
import { openSpec } from "./container-spec.ts";

/** Counts restarts, tells of limits that are not as configured, and of a kill for want of memory that nobody was there to be told of. */
export async function observeContainer(
  context: ApiContext,
  row: ContainerRecord,
  seen: ServiceContainer,
): Promise<void> {
  const { containerWatch } = context.database.as("container watch");
  const { serviceId } = row;
  const { limits } = await openSpec(context, row);
  const drift = findContainerDrift(limits, seen);
  await containerWatch.observe(serviceId, { containerId: seen.id, restartCount: seen.restartCount, drift });
  const { id: containerId, isOomKilled, finishedAt: at } = seen;
  if (!isOomKilled || at === undefined) return;
  const last = await containerWatch.lastOf(serviceId, "oom");
  if (last !== undefined && last.getTime() > at.getTime() - oomBeforeEndMs) return;
  await containerWatch.note(serviceId, { containerId, kind: "oom", at });
}

/** The event comes a moment before the end that Docker keeps. */
const oomBeforeEndMs = 10_000;
