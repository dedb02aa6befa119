import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { jobsList } from "./index.ts";

export const run: RunOf<typeof jobsList> = async ({ api, options: { limit, subject }, output, now }) => {
  const { call } = await api();
  const query = { limit, ...(subject !== undefined && { subject }) };
  const { body } = await call("get /api/jobs", { query });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(body.data, {
    empty: "There are no jobs.",
    render: () =>
      formatTable(body.data, [
        { title: "ID", of: ({ id }) => id },
        { title: "TYPE", of: ({ type }) => type },
        { title: "SUBJECT", of: (job) => job.subject },
        { title: "STATE", of: ({ state }) => state },
        { title: "BY", of: ({ actor }) => actor },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
