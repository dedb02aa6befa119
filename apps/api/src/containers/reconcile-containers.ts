import type { ContainerRecord, JobRecord, ServiceRecord } from "@stave/control-database";
import { DockerServicesError, type ServiceContainer } from "@stave/docker-services";
import { createContainerJob } from "../jobs/create-container.ts";
import type { JobContext } from "../jobs/define-job.ts";
import { deleteContainerJob } from "../jobs/delete-container.ts";
import { isBusy } from "../jobs/is-busy.ts";
import { renderLinksOf } from "../jobs/render-link.ts";
import { restoreBackupJob } from "../jobs/restore-backup.ts";
import { type Keeper, keepDoing } from "../process/keep-doing.ts";
import { withDeadline } from "../process/with-deadline.ts";
import { endpointOf, findOwn } from "./container-steps.ts";
import { describeState } from "./explain-down.ts";
import { observeContainer } from "./observe-container.ts";
import { dockerIdOf, readDockerId } from "./open-docker.ts";

const actor = "docker";
const everyMs = 15_000;
const patienceMs = 30_000;

/** Compares what is known of containers with what there is, at the start and from then on. Safe in several processes. */
export function startReconciler(context: JobContext): Keeper {
  const { logger } = context;
  let wasAway = false;
  const look = async (signal: AbortSignal): Promise<void> => {
    try {
      await withDeadline(patienceMs, (late) => reconcileContainers(context, AbortSignal.any([signal, late])));
      if (wasAway) logger.info("Docker answers again");
      wasAway = false;
    } catch (error) {
      if (signal.aborted) return;
      const isAway = error instanceof DockerServicesError && error.code === "DockerUnreachable";
      // Once: it may be away for days.
      if (!isAway || !wasAway) logger.warn({ err: error }, "containers could not be looked at");
      wasAway = isAway;
    }
  };
  return keepDoing(look, { pauseMs: everyMs, logger, problem: "containers could not be looked at" });
}

/** One look. What a job works on is left to it. Throws what Docker throws: then nothing is known, and nothing is changed. */
export async function reconcileContainers(context: JobContext, signal: AbortSignal): Promise<void> {
  const { containers } = context.database.as(actor);
  const rows = await containers.list();
  if (rows.length === 0 && !(await mayHaveLeftovers(context))) return;
  const found = await context.docker.list({ signal });
  const ours = found.filter(({ serviceId = "" }) => readDockerId(context, serviceId) !== undefined);
  for (const row of rows) {
    const own = ours.filter(({ serviceId }) => serviceId === dockerIdOf(context, row.serviceId));
    // Several: a replacement that was left half way, which its job ends.
    if (own.length > 1) continue;
    await reconcileRow(context, row, async () => own[0] ?? (await findOwn({ ...context, signal }, row)));
  }
  const known = new Set(rows.map(({ serviceId }) => serviceId));
  for (const container of ours) {
    const id = readDockerId(context, container.serviceId ?? "");
    if (id !== undefined && !known.has(id)) await endLeftover(context, { id, container, signal });
  }
}

/** A look at one service, when something is known to have happened to its container. Throws what Docker throws. */
export async function reconcileService(context: JobContext, serviceId: number, signal: AbortSignal): Promise<void> {
  const row = await context.database.as(actor).containers.find(serviceId);
  if (row !== undefined) await reconcileRow(context, row, () => findOwn({ ...context, signal }, row));
}

async function reconcileRow(
  context: JobContext,
  row: ContainerRecord,
  find: () => Promise<ServiceContainer | undefined>,
): Promise<void> {
  const { services } = context.database.as(actor);
  const service = await services.find(row.serviceId);
  if (service === undefined || !isSettled(service) || (await isBusy(context, row.serviceId))) return;
  const container = await find();
  if (container !== undefined) await observeContainer(context, row, container);
  await settle(context, { service, row }, container);
}

function isSettled({ status }: ServiceRecord): boolean {
  return status === "running" || status === "stopped" || status === "failed";
}

type Known = { readonly service: ServiceRecord; readonly row: ContainerRecord };

/** The status says what is so, also when somebody has done it by hand. */
async function settle(
  context: JobContext,
  { service, row }: Known,
  container: ServiceContainer | undefined,
): Promise<void> {
  const { containers, services } = context.database.as(actor);
  const { id, status, statusReason, revision } = service;
  const reason = describeState(container);
  const isOn = container?.state === "running" || container?.state === "restarting" || container?.state === "paused";
  if (container !== undefined && row.containerId !== container.id)
    await containers.change(id, { containerId: container.id });
  if (container === undefined && row.containerId !== undefined && !row.isAdopted) {
    await containers.change(id, { containerId: null });
  }
  const endpoint =
    container?.state === "running" ? await endpointOf(context, { service, container: row }, container) : undefined;
  const hasMoved = endpoint !== undefined && endpoint !== service.endpoint;
  const next = isOn ? "running" : status === "stopped" && container !== undefined ? "stopped" : "failed";
  // What a job has said of a failure has the last lines of the log.
  const kept = next === status && (next !== "failed" || container !== undefined) ? statusReason : undefined;
  const nextReason = kept ?? (next === "failed" ? reason : undefined) ?? null;
  if (next === status && nextReason === (statusReason ?? null) && !hasMoved) return;
  // Whoever has changed it at this moment knows better.
  await services
    .change(id, { status: next, statusReason: nextReason, ...(hasMoved && { endpoint }) }, { ifRevision: revision })
    .catch(ignoreChanged);
  if (hasMoved) await renderLinksOf(context, actor, id);
}

function ignoreChanged(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ServiceChanged" && code !== "ServiceNotFound") throw error;
}

/** Without rows there is something to look for only when there have been some. */
async function mayHaveLeftovers({ database }: JobContext): Promise<boolean> {
  const { jobs } = database.as("system");
  for (const { type } of [createContainerJob, restoreBackupJob]) {
    if ((await jobs.list({ type, limit: 1 })).length > 0) return true;
  }
  return false;
}

type Leftover = { readonly id: number; readonly container: ServiceContainer; readonly signal: AbortSignal };

/**
 * Ours, and without a service. It goes only when a job says so, which has made it or was to remove it; else the database may be an older
 * one than the containers, and the data of somebody is in them.
 */
async function endLeftover(context: JobContext, { id, container, signal }: Leftover): Promise<void> {
  const [job] = await context.database.as("system").jobs.list({ subject: `service:${id}`, limit: 1 });
  if (job !== undefined && job.finishedAt === undefined) return;
  if (job === undefined || !isItsEnd(job)) {
    context.logger.warn(
      { container: container.name },
      "a container of this installation belongs to no service, and is left alone",
    );
    return;
  }
  await context.docker.remove(dockerIdOf(context, id), { removeVolume: mayRemove(job), signal });
  context.logger.warn({ container: container.name }, "a container was removed whose service is gone");
}

function isItsEnd({ type, state, data }: JobRecord): boolean {
  return (
    (type === createContainerJob.type && state === "failed") ||
    (type === restoreBackupJob.type && data.container !== undefined && state === "failed") ||
    (type === deleteContainerJob.type && state === "completed")
  );
}

function mayRemove({ type, data }: JobRecord): boolean {
  return type !== deleteContainerJob.type || data.removesVolume === true;
}
