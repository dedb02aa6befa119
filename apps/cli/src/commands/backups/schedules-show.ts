import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { findSchedule } from "./find-schedule.ts";
import { keptBy } from "./kept-by.ts";
import type { schedulesShow } from "./schedules.ts";

export const run: RunOf<typeof schedulesShow> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id } = await findSchedule(client, given.schedule);
  const { body } = await client.call("get /api/backups/schedules/{id}", { params: { id } });
  const { data } = body;
  output.result(data, () =>
    formatProperties({
      ID: data.id,
      Name: data.name,
      Service: data.serviceId,
      Destination: data.destinationId,
      Cron: `${data.cron} ${data.timeZone}`,
      Versions: data.withVersions ? "all" : "the newest ones",
      Kept: keptBy(data),
      State: data.isEnabled ? "enabled" : "rests",
      Next: data.nextAt,
      Last: data.lastAt,
      "Last error": data.lastError,
      Created: data.createdAt,
    }),
  );
};
