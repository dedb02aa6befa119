import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { finishJob, readService } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesRollback } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

export const run: RunOf<typeof servicesRollback> = async (invocation) => {
  const { to, restoreSnapshot, healthTimeout, noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const body = {
    ...(to !== undefined && { version_id: to }),
    ...(restoreSnapshot && (await confirmSnapshot(invocation, client, id))),
    ...(healthTimeout !== undefined && { health_timeout_seconds: healthTimeout }),
  };
  const { body: begun } = await orNoContainer(
    client.call("post /api/external-services/{id}/rollback", { params: { id }, body }),
    { client, id },
  );
  await finishJob(invocation, client, {
    jobId: begun.job_id,
    noWait,
    done: ({ container }) => `It runs ${printable(container?.image ?? "the other image")} again.`,
    show: async () => (await client.call("get /api/external-services/{id}", { params: { id } })).body,
  });
};

/** The API wants the name as well: the data of the service becomes what it was then. */
async function confirmSnapshot(
  { output, prompts }: Parameters<typeof run>[0],
  client: ApiClient,
  id: number,
): Promise<{ readonly restore_snapshot: true; readonly confirm: string }> {
  const { name } = await readService(client, id);
  output.note(
    `${printable(name)} goes back to the snapshot of its volume. What was written since becomes the snapshot.`,
  );
  await prompts.confirmByName("Its applications will see the older data.", name);
  return { restore_snapshot: true, confirm: name };
}
