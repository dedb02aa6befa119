import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { Invocation } from "../../command/invocation.ts";
import { printable } from "../../output/printable.ts";

const firstMs = 100;
const slowestMs = 2_000;

type Job = Awaited<ReturnType<typeof readJob>>;

/** Until the job has ended; what it is at is told on the way. Throws `Failed` when it failed, or was called off. */
export async function waitForJob(
  { output, signal }: Pick<Invocation<unknown, unknown>, "output" | "signal">,
  api: ApiClient,
  id: string,
): Promise<Job> {
  let said = "";
  for (let waitMs = firstMs; ; waitMs = Math.min(slowestMs, waitMs * 1.5)) {
    const job = await readJob(api, id);
    if (job.state === "completed") return job;
    if (job.state === "failed" || job.state === "cancelled") throw ended(job);
    const now = describe(job);
    if (now !== said) output.note(now);
    said = now;
    await sleep(waitMs, undefined, { signal }).catch(() => {
      throw new CliError("Interrupted", "It goes on without you.", { next: [`stave jobs watch ${id}`] });
    });
  }
}

async function readJob(api: ApiClient, id: string) {
  const { body } = await api.call("get /api/jobs/{id}", { params: { id } });
  return body.data;
}

function describe({ steps, progress, state }: Job): string {
  const step = steps.find((one) => one.state === "running")?.name ?? state;
  if (progress === null) return `${step} …`;
  const { done, total, message } = progress;
  const text = `${step}: ${done}${total === undefined ? "" : ` of ${total}`} ${message ?? ""}`;
  return printable(text.trimEnd());
}

function ended({ id, state, problem, type }: Job): CliError {
  const how = state === "cancelled" ? "was called off" : "has failed";
  return new CliError("Failed", `The job ${type} ${how}.`, {
    why: problem?.detail,
    next: [`stave jobs show ${id}`],
    ...(problem !== null && { serverCode: problem.code }),
  });
}
