// src/commands/jobs/wait-for-job.ts
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "./chunk-B3FYOJ65.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var firstMs = 100;
var slowestMs = 2e3;
async function waitForJob({ output, signal }, api, id) {
  let said = "";
  for (let waitMs = firstMs; ; waitMs = Math.min(slowestMs, waitMs * 1.5)) {
    const job = await readJob(api, id);
    if (job.state === "completed") return job;
    if (job.state === "failed" || job.state === "cancelled") throw ended(job);
    const now = describe(job);
    if (now !== said) output.note(now);
    said = now;
    await sleep(waitMs, void 0, { signal }).catch(() => {
      throw new CliError("Interrupted", "It goes on without you.", { next: [`stave jobs watch ${id}`] });
    });
  }
}
async function readJob(api, id) {
  const { body } = await api.call("get /api/jobs/{id}", { params: { id } });
  return body.data;
}
function describe({ steps, progress, state }) {
  const step = steps.find((one) => one.state === "running")?.name ?? state;
  if (progress === null) return `${step} \u2026`;
  const { done, total, message } = progress;
  const text = `${step}: ${done}${total === void 0 ? "" : ` of ${total}`} ${message ?? ""}`;
  return printable(text.trimEnd());
}
function ended({ id, state, problem, type }) {
  const how = state === "cancelled" ? "was called off" : "has failed";
  return new CliError("Failed", `The job ${type} ${how}.`, {
    why: problem?.detail,
    next: [`stave jobs show ${id}`],
    ...(problem !== null && { serverCode: problem.code }),
  });
}

export { waitForJob };
//# sourceMappingURL=chunk-YV5R24CX.js.map
