import type { ApiClient } from "../../api/api-client.ts";
import { jobOf } from "../../api/job-of.ts";
import type { Invocation } from "../../command/invocation.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { Service } from "./list-services.ts";

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>> };
type Watching = Pick<Invocation<unknown, unknown>, "output" | "signal">;

/** The service after the job of an answer has ended, or, with `noWait`, as it is now; and it is said how it is. */
export async function finishChange(
  invocation: Watching,
  client: ApiClient,
  {
    answer,
    id,
    noWait,
    done,
  }: { readonly answer: Answer; readonly id: number; readonly noWait: boolean; readonly done: string },
): Promise<void> {
  await finishJob(invocation, client, { jobId: jobOf(answer), noWait, done, show: () => readService(client, id) });
}

export type Ending<Result> = {
  /** Undefined: there is nothing to wait for. */
  readonly jobId: string | undefined;
  readonly noWait: boolean;
  /** What is said then: `Stopped.` */
  readonly done: string | ((result: Result) => string);
  readonly show: () => Promise<Result>;
  /** For people, on stdout. Nothing, unless it is said. */
  readonly render?: (result: Result) => string;
};

/** Waits for a job and shows what it was about; with `noWait` the id of the job is the answer. */
export async function finishJob<Result extends object>(
  invocation: Watching,
  client: ApiClient,
  { jobId, noWait, done, show, render = () => "" }: Ending<Result>,
): Promise<void> {
  const { output } = invocation;
  if (jobId !== undefined && noWait) {
    output.note(`It goes on. Wait for it with: stave jobs watch ${printable(jobId)}`);
    return output.result({ job: jobId }, () => `${printable(jobId)}\n`);
  }
  if (jobId !== undefined) await waitForJob(invocation, client, jobId);
  const result = await show();
  output.note(typeof done === "string" ? done : done(result));
  output.result({ ...result, ...(jobId !== undefined && { job: jobId }) }, () => render(result));
}

export async function readService({ call }: ApiClient, id: number): Promise<Service> {
  const { body } = await call("get /api/external-services/{id}", { params: { id } });
  return body.service;
}
