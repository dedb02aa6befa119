import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findDestination } from "./find-destination.ts";
import { findSchedule } from "./find-schedule.ts";
import type { schedulesUpdate } from "./schedules.ts";

export const run: RunOf<typeof schedulesUpdate> = async ({ api, arguments: given, options, output }) => {
  const { name, destination, cron, timeZone, versions, keep, keepDays, enabled } = options;
  const client = await api();
  const { id } = await findSchedule(client, given.schedule);
  const change = {
    ...(name !== undefined && { name }),
    ...(destination !== undefined && { destinationId: (await findDestination(client, destination)).id }),
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { timeZone }),
    ...(versions !== undefined && { withVersions: versions }),
    ...(keep !== undefined && { retentionCount: keep }),
    ...(keepDays !== undefined && { retentionDays: keepDays }),
    ...(enabled !== undefined && { isEnabled: enabled }),
  };
  if (Object.keys(change).length === 0) {
    throw new CliError("Usage", "There is nothing to change.", { next: ["stave backups schedules update --help"] });
  }
  const { body } = await client.call("patch /api/backups/schedules/{id}", { params: { id }, body: change });
  output.note(`Changed the schedule ${printable(body.data.name)}.`);
  output.result(body.data, () => "");
};
