import type { RunOf } from "../../command/define-command.ts";
import { finishJob, readService } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesUpgrade } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

export const run: RunOf<typeof servicesUpgrade> = async (invocation) => {
  const { image, pull, backupTo, withVersions, snapshot, healthTimeout, noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const body = {
    docker_image: image,
    pull,
    snapshot,
    ...(backupTo !== undefined && { backup: { destination_id: backupTo, with_versions: withVersions } }),
    ...(healthTimeout !== undefined && { health_timeout_seconds: healthTimeout }),
  };
  const { body: begun } = await orNoContainer(
    client.call("post /api/external-services/{id}/upgrade", { params: { id }, body }),
    { client, id },
  );
  await finishJob(invocation, client, {
    jobId: begun.job_id,
    noWait,
    done: `It runs ${image}, on the same data.`,
    show: () => readService(client, id),
  });
};
