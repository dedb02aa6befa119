import { setTimeout as sleep } from "node:timers/promises";
import type { ToolContext } from "./tool.ts";

const firstMs = 50;
const slowestMs = 1000;
/** Assistants wait for an answer; what takes longer is asked for with get_job. */
const patienceMs = 20_000;

/** How a job is after it has ended, or after a while. */
export async function settleJob({ api, signal, now }: ToolContext, id: string) {
  const until = now().getTime() + patienceMs;
  for (let waitMs = firstMs; ; waitMs = Math.min(slowestMs, waitMs * 1.5)) {
    const { body } = await api.call("get /api/jobs/{id}", { params: { id } });
    const { state, type, problem, steps } = body.data;
    const hasEnded = ["completed", "failed", "cancelled"].includes(state);
    if (hasEnded || now().getTime() > until) {
      const step = steps.find((one) => one.state === "running")?.name;
      return { id, type, state, ...(problem !== null && { problem }), ...(step !== undefined && { step }), hasEnded };
    }
    await sleep(waitMs, undefined, { signal });
  }
}
