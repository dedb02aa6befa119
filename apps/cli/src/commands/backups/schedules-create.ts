import { findService } from "../../api/find-service.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { chooseDestination } from "./find-destination.ts";
import { listSchedules } from "./find-schedule.ts";
import type { schedulesCreate } from "./schedules.ts";

export const run: RunOf<typeof schedulesCreate> = async ({ api, arguments: given, options, output }) => {
  const { name, cron, timeZone, versions, keep = null, keepDays = null, ifNotExists } = options;
  const client = await api();
  const { id: serviceId } = await findService(client, given.service);
  const schedules = ifNotExists ? await listSchedules(client, { service: serviceId }) : [];
  const found = schedules.find((one) => one.name === name);
  if (found !== undefined) {
    output.note(`The schedule ${printable(name)} is there already. Its id:`);
    output.result(found, () => `${found.id}\n`);
    return;
  }
  const { id: destinationId } = await chooseDestination(client, options.destination);
  const retention = { retentionCount: keep, retentionDays: keepDays };
  const body = { name, serviceId, destinationId, cron, timeZone, withVersions: versions, ...retention };
  const { data } = (await client.call("post /api/backups/schedules", { body })).body;
  output.note(`The schedule ${printable(name)} begins ${data.nextAt ?? "never"}. Its id:`);
  output.result(data, () => `${data.id}\n`);
};
