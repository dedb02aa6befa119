import { findService } from "../../api/find-service.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { listSchedules } from "./find-schedule.ts";
import { keptBy } from "./kept-by.ts";
import type { schedulesList } from "./schedules.ts";

export const run: RunOf<typeof schedulesList> = async ({ api, options, output, now }) => {
  const client = await api();
  const service = options.service === undefined ? undefined : (await findService(client, options.service)).id;
  const rows = await listSchedules(client, { service });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no schedules. Make one with: stave backups schedules create SERVICE -n NAME --cron '0 3 * * *'",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id },
        { title: "NAME", of: ({ name }) => name },
        { title: "SERVICE", of: ({ serviceId }) => serviceId, isRight: true },
        { title: "CRON", of: ({ cron, timeZone }) => `${cron} ${timeZone}` },
        { title: "KEPT", of: keptBy },
        { title: "NEXT", of: ({ isEnabled, nextAt }) => (isEnabled ? formatTime(nextAt, time) : "rests") },
        { title: "LAST", of: ({ lastAt }) => formatTime(lastAt, time) },
        { title: "LAST ERROR", of: ({ lastError }) => lastError },
      ]),
  });
};
