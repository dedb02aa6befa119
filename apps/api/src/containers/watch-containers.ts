import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerHappening } from "@stave/control-database";
import type { ContainerEvent } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";
import type { JobContext } from "../jobs/define-job.ts";
import { checkAndNote } from "../services/health-monitor.ts";
import { readDockerId } from "./open-docker.ts";
import { reconcileService } from "./reconcile-containers.ts";

/** As long as nobody has a container, Docker is not listened to. */
const lookForFirstMs = 2_000;
const patienceMs = 30_000;

/**
 * Listens to what Docker tells of containers, so that nobody waits for the next look: what has happened is counted and told, then status and health
 * are looked at. Every process listens; what several hear counts once.
 */
export function startContainerWatch(context: JobContext): { stop(): Promise<void> } {
  const { database, docker, logger } = context;
  const { containers, containerWatch, services } = database.as("container watch");
  const stopping = new AbortController();
  const { signal } = stopping;
  const queued = new Map<number, Promise<void>>();

  const guarded = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      (error: unknown) => {
        // A problem is what somebody who asks would be told: another container takes its place, and its job knows.
        if (!signal.aborted && !(error instanceof Problem))
          logger.warn({ err: error }, "a container could not be looked at");
      },
    );
  /** One after the other for each service, in the order in which they came. */
  const enqueue = (serviceId: number, work: () => Promise<void>): void => {
    const done = guarded(
      (queued.get(serviceId) ?? Promise.resolve()).then(() => (signal.aborted ? undefined : work())),
    );
    queued.set(serviceId, done);
    void done.then(() => queued.get(serviceId) === done && queued.delete(serviceId));
  };
  const look = async (serviceId: number): Promise<void> => {
    await reconcileService(context, serviceId, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
  };
  const onEvent = (event: ContainerEvent): void => {
    const happening = toHappening(event);
    if (happening === undefined) return;
    const take = async (): Promise<void> => {
      const serviceId = await findServiceId(context, event);
      if (serviceId === undefined) return;
      enqueue(serviceId, async () => {
        if (!(await containerWatch.note(serviceId, happening))) return;
        await look(serviceId);
        const service = await services.find(serviceId);
        const mayServe = service?.status === "running" || service?.status === "failed";
        if (mayServe && changesHealth.has(event.kind)) await checkAndNote(context, service, signal);
      });
    };
    void guarded(take());
  };
  const lookAtAll = async (): Promise<void> => {
    for (const { serviceId } of await containers.list()) enqueue(serviceId, () => look(serviceId));
  };
  const work = async (): Promise<void> => {
    const hasSome = async () => (await containers.list()).length > 0;
    while (!(await hasSome().catch(() => false))) {
      await sleep(lookForFirstMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
    }
    await docker.watchEvents({
      signal,
      onEvent,
      onConnected: () => void guarded(lookAtAll()),
      onDisconnected: (error) => logger.debug({ err: error }, "Docker tells nothing at the moment"),
    });
  };
  const working = guarded(work());
  return {
    async stop() {
      stopping.abort();
      await working;
      await Promise.all(queued.values());
    },
  };
}

const changesHealth: ReadonlySet<ContainerEvent["kind"]> = new Set(["die", "health", "oom", "start"]);

/** By its label, and one that was adopted by its id. */
async function findServiceId(
  context: JobContext,
  { serviceId, containerId }: ContainerEvent,
): Promise<number | undefined> {
  if (serviceId !== undefined) return readDockerId(context, serviceId);
  return (await context.database.as("system").containers.findByContainerId(containerId))?.serviceId;
}

function toHappening({ kind, containerId, at, exitCode, health }: ContainerEvent): ContainerHappening | undefined {
  if (kind === "rename") return undefined;
  const more = { ...(exitCode !== undefined && { exitCode }), ...(health !== undefined && { health }) };
  return { containerId, kind, at, ...more };
}
