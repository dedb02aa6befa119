import { waitForJob } from "./chunk-YV5R24CX.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/jobs/jobs-watch.ts
var run = async (invocation) => {
  const { api, arguments: given, output } = invocation;
  const job = await waitForJob(invocation, await api(), given.id);
  output.note("It is completed.");
  output.result(job, () => "");
};

export { run };
//# sourceMappingURL=jobs-watch-JMXYC63S.js.map
