import type { z } from "@stave/api-contract";
import type { JobProgress } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import type { ServiceClients } from "../services/service-clients.ts";

/** What jobs work with. */
export type JobContext = ApiContext & { readonly clients: ServiceClients };

/** What a step works with. */
export type StepContext = JobContext & {
  readonly jobId: string;
  /** Who asked for the job, for the audit log. */
  readonly actor: string;
  /** Aborted when the process stops: a step that is cut off runs again. */
  readonly signal: AbortSignal;
  progress(progress: JobProgress): Promise<void>;
  /** For the log of the job, which people read afterwards. Never a secret. */
  say(message: string): Promise<void>;
};

/**
 * One step. It may be run twice, when the process ended before it was known that it was done: what it finds done already it must leave. What
 * it returns is added to the data of the job, and stored before the next step begins.
 */
export type Step<Data> = {
  readonly name: string;
  // biome-ignore lint/suspicious/noConfusingVoidType: most steps learn nothing
  readonly run: (context: StepContext, data: Data) => Promise<Partial<Data> | void>;
  /** Takes back what the step has done, when a later one has failed for good. Must also work when the step was done half, or not at all. */
  readonly undo?: (context: StepContext, data: Data) => Promise<void>;
};

export type JobDefinition<Data> = {
  /** `service:create` */
  readonly type: string;
  /** It may take hours: it must not keep others waiting. */
  readonly isLong?: boolean;
  /** What is stored is read again with this. */
  readonly data: z.ZodType<Data>;
  readonly steps: readonly Step<Data>[];
  /** What the job answers when it is completed. */
  readonly result?: (data: Data) => Readonly<Record<string, unknown>>;
  /** When everything was taken back. */
  readonly failed?: (
    context: StepContext,
    data: Data,
    reason: { readonly code: string; readonly detail: string },
  ) => Promise<void>;
};

/** Any job, for the runner, which has checked the data with the job's own schema. */
// biome-ignore lint/suspicious/noExplicitAny: the data of each job is its own
export type AnyJob = JobDefinition<any>;

export function defineJob<Data>(job: JobDefinition<Data>): JobDefinition<Data> {
  return job;
}
