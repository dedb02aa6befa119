import { setTimeout as sleep } from "node:timers/promises";
import { type ProblemCode, problemCodes } from "@stave/api-contract";
import type { JobRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

/** Most jobs are done before anybody would look: their result is the answer then. */
const waitMs = 8_000;
const lookEveryMs = 25;

/** The job as it has ended; undefined when it goes on. Throws the {@link Problem} that it has ended with. */
export async function waitForJob({ database }: ApiContext, id: string): Promise<JobRecord | undefined> {
  const { jobs } = database.as("system");
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; await sleep(lookEveryMs)) {
    const job = await jobs.find(id);
    if (job === undefined || job.state === "completed") return job;
    if (job.state === "failed" || job.state === "cancelled") {
      const { code = "CONFLICT", detail = "It was called off." } = job.problem ?? {};
      throw new Problem(isProblemCode(code) ? code : "INTERNAL_ERROR", { detail });
    }
  }
  return undefined;
}

function isProblemCode(code: string): code is ProblemCode {
  return (problemCodes as readonly string[]).includes(code);
}
