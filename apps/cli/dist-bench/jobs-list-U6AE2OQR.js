import { formatTime } from "./chunk-OOB3SXYM.js";
import { formatTable } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/jobs/jobs-list.ts
var run = async ({ api, options: { limit, subject }, output, now }) => {
  const { call } = await api();
  const query = { limit, ...(subject !== void 0 && { subject }) };
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

export { run };
//# sourceMappingURL=jobs-list-U6AE2OQR.js.map
