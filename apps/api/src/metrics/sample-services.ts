import { setTimeout as sleep } from "node:timers/promises";
import type { MetricPoint, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import { type Keeper, keepDoing } from "../process/keep-doing.ts";
import { combinePoints, groupByStep, startOfStep } from "./combine-points.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { createContainerMeter } from "./measure-containers.ts";
import { createGatewayMeter } from "./measure-gateway.ts";

export const fineSeconds = 30;
export const coarseSeconds = 300;
const hourMs = 3_600_000;
/** An hour more than the longest range that is made of them. */
const keptFineMs = 7 * hourMs;
const keptCoarseMs = 7 * 24 * hourMs;
const page = 500;

type SamplerContext = Omit<OperationContext, "wakeJobs" | "stopping">;

/** Measures all services every 30 seconds, for their history and for alerts. Of several processes the first one writes a step. */
export function startSampler(context: SamplerContext): Keeper {
  const { logger, now } = context;
  const sampler = createSampler(context);
  const sampleAtStep = async (signal: AbortSignal): Promise<void> => {
    const nextMs = fineSeconds * 1000 - (now().getTime() % (fineSeconds * 1000));
    await sleep(nextMs, undefined, { signal, ref: false });
    await sampler.sample(signal);
  };
  return keepDoing(sampleAtStep, { pauseMs: 0, logger, problem: "services could not be measured" });
}

/** One look at a time. */
export function createSampler(context: SamplerContext): { sample(signal: AbortSignal): Promise<void> } {
  const { database, now } = context;
  const { containers, metrics, serviceHealth } = database.as("sampler");
  const measureContainers = createContainerMeter(context);
  const measureGateway = createGatewayMeter(context);

  /** What is older than a coarse step is stored as one, once it is over. */
  const downsample = async (at: Date): Promise<void> => {
    const to = startOfStep(at, coarseSeconds);
    const newest = await metrics.newest(coarseSeconds);
    const from = new Date(
      Math.max(newest === undefined ? 0 : newest.getTime() + coarseSeconds * 1000, at.getTime() - keptFineMs),
    );
    if (from >= to) return;
    const fine = await metrics.list(fineSeconds, { from, to });
    const coarse = [...Map.groupBy(fine, ({ serviceId }) => serviceId)].flatMap(([serviceId, points]) =>
      [...groupByStep(points, coarseSeconds)].map(([step, inStep]): MetricPoint => {
        return { serviceId, at: new Date(step), values: combinePoints(inStep) };
      }),
    );
    await metrics.add(coarseSeconds, coarse);
    await metrics.prune(fineSeconds, new Date(at.getTime() - keptFineMs));
    await metrics.prune(coarseSeconds, new Date(at.getTime() - keptCoarseMs));
  };

  return {
    async sample(signal) {
      const at = startOfStep(now(), fineSeconds);
      const services = await listServices(context);
      const [rows, health] = await Promise.all([containers.list(), serviceHealth.find(services.map(({ id }) => id))]);
      const [inContainers, inGateway] = await Promise.all([
        measureContainers(rows, signal),
        measureGateway(services.filter(({ engine }) => engine === "stave")),
      ]);
      if (signal.aborted) return; // what was cut off says nothing
      const points = services.map(({ id }): MetricPoint => {
        const status = health.get(id)?.status;
        const up = status === undefined ? {} : { up: status === "down" ? 0 : 1 };
        return { serviceId: id, at, values: { ...up, ...inContainers.get(id), ...inGateway.get(id) } };
      });
      await metrics.add(fineSeconds, points);
      await evaluateRules(context, points);
      await downsample(at);
    },
  };
}

async function listServices({ database }: SamplerContext): Promise<readonly ServiceRecord[]> {
  const { services } = database.as("sampler");
  const found: ServiceRecord[] = [];
  for (let after: number | undefined; ; ) {
    const listed = await services.list({ after, limit: page });
    found.push(...listed.filter(({ status }) => status !== "creating" && status !== "deleting"));
    after = listed.at(-1)?.id;
    if (listed.length < page) return found;
  }
}
