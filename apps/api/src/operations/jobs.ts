import type { JobRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { jobs as definitions } from "../jobs/index.ts";

export function jobOperations({ database }: OperationContext): Pick<Handlers, "listJobs" | "getJob" | "cancelJob"> {
  const { jobs, jobLog } = database.as("system");
  const find = async (id: string): Promise<JobRecord> => {
    const job = await jobs.find(id);
    if (job === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such job." });
    return job;
  };
  return {
    async listJobs({ query: { limit, cursor, ...filter } }) {
      if (cursor !== undefined && !/^[\da-z]{1,64}$/.test(cursor)) {
        throw new Problem("INVALID_REQUEST", { detail: "The cursor is not one that was answered here." });
      }
      const found = await jobs.list({ ...filter, before: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?.id ?? null) : null;
      return { status: 200, body: { data: page.map(showJob), nextCursor } };
    },
    async getJob({ params }) {
      const job = await find(params.id);
      const log = (await jobLog.list(job.id)).map(({ at, ...entry }) => ({ at: at.toISOString(), ...entry }));
      return { status: 200, body: { data: { ...showJob(job), log } } };
    },
    async cancelJob({ caller, params }) {
      const job = await find(params.id);
      if (job.state !== "cancelled" && !(await database.as(caller.actor).jobs.cancel(params.id))) {
        const { state } = await find(params.id);
        throw new Problem("CONFLICT", { detail: `Only a job that waits is called off: this one is ${state}.` });
      }
      return { status: 200, body: { data: showJob(await find(params.id)) } };
    },
  };
}

/** Not what it was asked for, which is its own business. */
function showJob(job: JobRecord) {
  return {
    id: job.id,
    type: job.type,
    state: job.state,
    subject: job.subject,
    actor: job.actor,
    progress: job.progress ?? null,
    steps: showSteps(job),
    result: job.result ?? null,
    problem: job.problem ?? null,
    createdAt: job.createdAt.toISOString(),
    finishedAt: job.finishedAt?.toISOString() ?? null,
  };
}

function showSteps({ type, state, step }: JobRecord) {
  const { steps = [] } = definitions.find((definition) => definition.type === type) ?? {};
  const done = steps.findIndex(({ name }) => name === step) + 1;
  return steps.map(({ name }, at) => {
    if (at < done) return { name, state: state === "failed" ? ("undone" as const) : ("done" as const) };
    const isRunning = at === done && state === "running";
    return { name, state: isRunning ? ("running" as const) : ("waiting" as const) };
  });
}
