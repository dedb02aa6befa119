import { formatProperties } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/jobs/jobs-show.ts
var run = async ({ api, arguments: { id }, output }) => {
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

export { run };
//# sourceMappingURL=jobs-show-HI7PFQWX.js.map
