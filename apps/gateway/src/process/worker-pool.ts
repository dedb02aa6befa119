import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Logger } from "pino";
import { AggregatorRegistry } from "prom-client";
import { S3Error } from "../errors/s3-error.ts";
import type { PlanQuery } from "../lifecycle/show-plan.ts";
import type { KeyUsage } from "../usage/key-usage.ts";
import { hearKeyUsage } from "./key-usage-messages.ts";
import { createLimitRelay } from "./limit-messages.ts";
import { type Plan, requestPlan } from "./plan-messages.ts";
import { type CallQuota, requestQuota } from "./quota-messages.ts";
import { type ReadUsage, requestUsage } from "./usage-messages.ts";
import { type Refusals, refusalsOfWorkers } from "./why-messages.ts";

/** What a worker tells its parent. */
export type WorkerMessage =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "failed"; readonly message: string; readonly isAddressInUse: boolean };

/** What the parent tells one of them: that it is the one to do the upkeep of the stored bytes. */
export type Appointment = { readonly kind: "maintain" };

export function isAppointment(message: unknown): message is Appointment {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "maintain";
}

export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly isAddressInUse: boolean;
  constructor(message: string, isAddressInUse: boolean) {
    super(message);
    this.isAddressInUse = isAddressInUse;
  }
}

export type WorkerPool = {
  readonly port: number;
  isComplete(): boolean;
  metrics(): Promise<string>;
  /** What lifecycle rules would do, as one of the workers sees it. */
  plan(query: PlanQuery): Plan;
  /** What all workers have refused, and why. */
  readonly refusals: Refusals;
  /** What buckets hold. */
  readonly usage: ReadUsage;
  /** What buckets may hold. */
  readonly quota: CallQuota;
  drain(): Promise<void>;
};

/** A worker that dies is replaced, but not faster than this: a fault at start must not become a storm. */
const restartDelayMs = 1000;
const drainMs = 9_000;

/**
 * MiB. Streaming makes garbage that dies at once, and V8 would let a third of a worker's memory fill with it before it looks:
 * with its default, 8 uploads of 1 GiB took 75 MiB more. Small requests pay for less: with 2, a third more CPU time than with 8.
 */
const smallNursery = "--max-semi-space-size=8";

/** Starts processes that share one port. Throws a {@link WorkerError} when one of them cannot start. */
export async function startWorkers(
  count: number,
  logger: Logger,
  keyUsage: Pick<KeyUsage, "add">,
): Promise<WorkerPool> {
  cluster.setupPrimary({ execArgv: [...process.execArgv, smallNursery] });
  const aggregator = new AggregatorRegistry();
  const serving = new Set<Worker>();
  const relayLimitUse = createLimitRelay(serving);
  const hearUsage = hearKeyUsage(keyUsage);
  let isDraining = false;
  let maintainer: Worker | undefined;

  const appoint = (): void => {
    if (isDraining || maintainer !== undefined) return;
    [maintainer] = serving;
    const appointment: Appointment = { kind: "maintain" };
    maintainer?.send(appointment, () => {}); // one that has just died is replaced when its end is seen
  };

  const start = async (): Promise<number> => {
    const worker = cluster.fork();
    const port = await listening(worker);
    serving.add(worker);
    relayLimitUse(worker);
    worker.on("message", hearUsage);
    appoint();
    worker.once("exit", (code, signal) => {
      serving.delete(worker);
      if (worker === maintainer) maintainer = undefined;
      appoint();
      if (isDraining) return;
      logger.error({ worker: worker.process.pid, code, signal }, "a worker died; starting another");
      setTimeout(restart, restartDelayMs);
    });
    return port;
  };
  const restart = () => {
    if (isDraining) return;
    start().catch((error: unknown) => {
      logger.error({ err: error }, "a worker could not start; trying again");
      setTimeout(restart, restartDelayMs);
    });
  };

  try {
    // One by one: with port 0 the first decides for all, and a bad configuration is reported once.
    const port = await start();
    await Promise.all(Array.from({ length: count - 1 }, start));
    return {
      port,
      isComplete: () => !isDraining && serving.size === count,
      metrics: () => aggregator.clusterMetrics(),
      plan(query) {
        const [worker] = serving;
        if (worker === undefined) throw new S3Error("InternalError", "No worker is ready.");
        return requestPlan(worker, query);
      },
      refusals: refusalsOfWorkers(() => serving),
      async usage(query) {
        const [worker] = serving;
        if (worker === undefined) throw new S3Error("InternalError", "No worker is ready.");
        return await requestUsage(worker, query);
      },
      async quota(call) {
        const [worker] = serving;
        if (worker === undefined) throw new S3Error("InternalError", "No worker is ready.");
        return await requestQuota(worker, call);
      },
      drain: async () => {
        isDraining = true;
        await stopAll();
      },
    };
  } catch (error) {
    isDraining = true;
    await stopAll();
    throw error;
  }
}

async function listening(worker: Worker): Promise<number> {
  const exited = once(worker, "exit").then(([code, signal]) => {
    throw new WorkerError(`A worker ended before it was ready (${signal ?? `exit code ${code}`}).`, false);
  });
  // The metrics of prom-client travel the same channel.
  const answered = new Promise<number>((resolve, reject) => {
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "listening") resolve(message.port);
      if (message.kind === "failed") reject(new WorkerError(message.message, message.isAddressInUse));
    });
  });
  return Promise.race([answered, exited]);
}

async function stopAll(): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  await Promise.all(
    workers.map(async (worker) => {
      const exited = once(worker, "exit");
      const deadline = setTimeout(() => worker.process.kill("SIGKILL"), drainMs);
      worker.process.kill("SIGTERM");
      await exited;
      clearTimeout(deadline);
    }),
  );
}
