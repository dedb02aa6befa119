import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { finishJob } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesRollback } from "./index.ts";

export const run: RunOf<typeof servicesRollback> = async (invocation) => {
  const { to, healthTimeout, noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const body = {
    ...(to !== undefined && { version_id: to }),
    ...(healthTimeout !== undefined && { health_timeout_seconds: healthTimeout }),
  };
  const { body: begun } = await client.call("post /api/external-services/{id}/rollback", { params: { id }, body });
  await finishJob(invocation, client, {
    jobId: begun.job_id,
    noWait,
    done: ({ container }) => `It runs ${printable(container?.image ?? "the other image")} again.`,
    show: async () => (await client.call("get /api/external-services/{id}", { params: { id } })).body,
  });
};
