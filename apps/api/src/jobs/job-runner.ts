import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobRecord, JobTypes } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { AnyJob, JobContext, StepContext } from "./define-job.ts";

export type JobRunner = {
  /** A job was created: it need not wait until the next look. */
  wake(): void;
  /** Lets steps that are under way be cut off; they run again at the next start. */
  stop(): Promise<void>;
};

export type JobRunnerOptions = {
  readonly jobs: readonly AnyJob[];
  /** @default 4 */
  readonly atOnce?: number;
  /** Beside them, of those that may take hours. @default 2 */
  readonly longAtOnce?: number;
  /** After this a process that does not answer has lost its job. @default 10,000 */
  readonly leaseMs?: number;
  /** Called after each step, with `type:step:unstored`, and with `type:step` when it is stored; for tests that end the process there. */
  readonly onStep?: (name: string) => void;
};

const lookEveryMs = 1000;
const retryDelaysMs = [1000, 5000, 30_000, 120_000, 600_000];

/** Runs the jobs of the control database, beside other processes that do the same. */
export function startJobRunner(context: JobContext, options: JobRunnerOptions): JobRunner {
  const { jobs, atOnce = 4, longAtOnce = 2, leaseMs = 10_000, onStep = () => {} } = options;
  const definitions = new Map(jobs.map((job) => [job.type, job]));
  const owner = randomBytes(8).toString("hex");
  const { jobs: table, jobLog } = context.database.as("system");
  const stopping = new AbortController();
  const waiting = new Set<() => void>();
  let wakeups = 0;
  const wake = () => {
    wakeups += 1;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const waitForWork = async (): Promise<void> => {
    const woken = new Promise<void>((resolve) => void waiting.add(resolve));
    await Promise.race([woken, sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {})]);
  };

  const work = async (which: JobTypes): Promise<void> => {
    while (!stopping.signal.aborted) {
      const before = wakeups;
      const job = await table.claim(owner, leaseMs, which).catch((error: unknown) => {
        context.logger.error({ err: error }, "jobs could not be looked for");
        return undefined;
      });
      if (job !== undefined) await runJob(job);
      else if (wakeups === before) await waitForWork();
    }
  };

  const runJob = async (job: JobRecord): Promise<void> => {
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, stopping.signal]);
    const renewal = setInterval(() => {
      // A lease that was lost means that somebody else works on it: nothing more is done here.
      table.renew(job.id, owner, leaseMs).then(
        (isHeld) => isHeld || cut.abort(),
        () => {},
      );
    }, leaseMs / 3);
    try {
      await runSteps(job, definitions.get(job.type), signal);
    } catch (error) {
      if (!signal.aborted)
        context.logger.error({ job: job.id, type: job.type, err: error }, "a job was cut off, and goes on later");
    } finally {
      clearInterval(renewal);
    }
  };

  const runSteps = async (job: JobRecord, definition: AnyJob | undefined, signal: AbortSignal): Promise<void> => {
    const end = (change: Parameters<typeof table.release>[2]) => table.release(job.id, owner, change);
    if (definition === undefined) {
      const problem = { code: "NOT_IMPLEMENTED", detail: `This version knows no job ${job.type}.` };
      return void (await end({ state: "failed", problem }));
    }
    const stored = definition.data.safeParse(job.data);
    if (!stored.success) {
      // No step can be run or taken back with it, and its subject must not wait for it for ever.
      context.logger.error({ job: job.id, type: job.type, err: stored.error }, "the data of a job cannot be read");
      const problem = { code: "INTERNAL_ERROR", detail: "What is stored of this job cannot be read." };
      return void (await end({ state: "failed", problem }));
    }
    let { data } = stored;
    let name = "";
    const stepContext: StepContext = {
      ...context,
      jobId: job.id,
      actor: job.actor,
      signal,
      progress: async (progress) => void (await table.save(job.id, owner, { progress })),
      say: (message) => jobLog.add(job.id, { step: name, message }),
    };
    let { problem } = job;
    let at = definition.steps.findIndex(({ name }) => name === job.step) + 1;
    if (job.state === "running") {
      for (; at < definition.steps.length; at += 1) {
        const step = definition.steps[at];
        if (step === undefined) break;
        ({ name } = step);
        try {
          signal.throwIfAborted();
          data = { ...data, ...(await step.run(stepContext, data)) };
          onStep(`${definition.type}:${step.name}:unstored`);
        } catch (error) {
          if (signal.aborted) return void (await end({}));
          const delayMs = retryDelaysMs[job.attempts - 1];
          if (!(error instanceof Problem) && delayMs !== undefined) {
            context.logger.warn(
              { job: job.id, type: job.type, step: step.name, err: error },
              "a step failed, and is tried again",
            );
            await stepContext.say(`It failed, and is tried again in ${delayMs / 1000} s.`);
            return void (await end({ runAt: new Date(context.now().getTime() + delayMs) }));
          }
          problem = reasonOf(error);
          context.logger.error({ job: job.id, type: job.type, step: step.name, err: error }, "a step failed");
          await stepContext.say(`It failed: ${problem.detail}`);
          break;
        }
        if (!(await table.save(job.id, owner, { step: step.name, data, attempts: 0 }))) return;
        onStep(`${definition.type}:${step.name}`);
      }
      if (problem === undefined)
        return void (await end({ state: "completed", result: definition.result?.(data) ?? {} }));
      // The step that failed may have done something as well.
      if (!(await table.save(job.id, owner, { state: "undoing", problem }))) return;
      onStep(`${definition.type}:undoing`);
    }
    const reason = problem ?? { code: "INTERNAL_ERROR", detail: "A step failed." };
    for (const step of definition.steps.slice(0, at + 1).toReversed()) {
      ({ name } = step);
      try {
        signal.throwIfAborted();
        await step.undo?.(stepContext, data);
      } catch (error) {
        if (signal.aborted) return void (await end({}));
        context.logger.error(
          { job: job.id, type: job.type, step: step.name, err: error },
          "a step could not be taken back",
        );
        const delayMs = retryDelaysMs[Math.min(job.attempts, retryDelaysMs.length) - 1] ?? lookEveryMs;
        await stepContext.say(`It could not be taken back, which is tried again in ${delayMs / 1000} s.`);
        return void (await end({ runAt: new Date(context.now().getTime() + delayMs) }));
      }
    }
    await definition.failed?.(stepContext, data, reason);
    await end({ state: "failed" });
  };

  const long = jobs.filter(({ isLong }) => isLong === true).map(({ type }) => type);
  const workers = [
    ...Array.from({ length: atOnce }, () => work({ except: long })),
    ...Array.from({ length: long.length > 0 ? longAtOnce : 0 }, () => work({ of: long })),
  ];
  return {
    wake,
    async stop() {
      stopping.abort();
      wake();
      await Promise.all(workers);
    },
  };
}

/** What went wrong, for who asked. What nobody foresaw is in the log. */
function reasonOf(error: unknown): { readonly code: string; readonly detail: string } {
  if (error instanceof Problem) return { code: error.code, detail: error.message };
  return { code: "INTERNAL_ERROR", detail: "Something went wrong on the server, again and again: its log says what." };
}
