import { findService } from "../../api/find-service.ts";
import { idempotencyHeader } from "../../api/idempotency-header.ts";
import { jobOf } from "../../api/job-of.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { chooseDestination } from "./find-destination.ts";
import type { backupsCreate } from "./index.ts";

export const run: RunOf<typeof backupsCreate> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const { id: serviceId, name } = await findService(client, given.service);
  const { id: destinationId } = await chooseDestination(client, options.destination);
  const answer = await client.call("post /api/backups", {
    body: { serviceId, destinationId, withVersions: options.versions },
    headers: idempotencyHeader(options.idempotencyKey),
  });
  const { id } = answer.body.data;
  const job = jobOf(answer);
  if (options.noWait) {
    output.note(`The backup ${id} of ${printable(name)} is being made. Its job:`);
    output.result(answer.body.data, () => `${job}\n`);
    return;
  }
  await waitForJob(invocation, client, job);
  const { data } = (await client.call("get /api/backups/{id}", { params: { id } })).body;
  const { objects, sizeBytes, storedBytes, changed, vanished } = data;
  output.note(
    `Backed ${printable(name)} up: ${objects} objects, ${formatBytes(sizeBytes)}, of which ${formatBytes(storedBytes)} are new.`,
  );
  if (changed + vanished > 0) output.note(`Meanwhile ${changed} objects have changed, and ${vanished} are gone.`);
  output.result(data, () => `${id}\n`);
};
