import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { jobsShow } from "./index.ts";

export const run: RunOf<typeof jobsShow> = async ({ api, arguments: { id }, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/jobs/{id}", { params: { id } });
  const { data: job } = body;
  output.result(job, () =>
    formatProperties({
      ID: job.id,
      Type: job.type,
      Subject: job.subject,
      State: job.state,
      By: job.actor,
      Created: job.createdAt,
      Finished: job.finishedAt,
      ...(job.problem !== null && { Problem: `${job.problem.code}: ${job.problem.detail}` }),
      Steps: job.steps.map(({ name, state }) => `${name} (${state})`).join(", "),
    }),
  );
};
