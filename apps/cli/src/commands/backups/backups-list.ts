import { findService } from "../../api/find-service.ts";
import { listAll } from "../../api/list-all.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatBytes, formatTime } from "../../output/format-values.ts";
import { findDestination } from "./find-destination.ts";
import { findSchedule } from "./find-schedule.ts";
import type { backupsList } from "./index.ts";
import { verifiedAs } from "./verified-as.ts";

export const run: RunOf<typeof backupsList> = async ({ api, options, output, now }) => {
  const client = await api();
  const { service, destination, schedule, limit } = options;
  const filter = {
    ...(service !== undefined && { service: (await findService(client, service)).id }),
    ...(destination !== undefined && { destination: (await findDestination(client, destination)).id }),
    ...(schedule !== undefined && { schedule: (await findSchedule(client, schedule)).id }),
  };
  const rows = await listAll((query) => client.call("get /api/backups", { query: { ...query, ...filter } }), {
    atMost: limit,
  });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no backups. Make one with: stave backups create SERVICE",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id },
        { title: "SERVICE", of: (row) => row.service.name },
        { title: "STATE", of: ({ state }) => state },
        { title: "OBJECTS", of: ({ objects }) => objects, isRight: true },
        { title: "SIZE", of: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
        { title: "STORED", of: ({ storedBytes }) => formatBytes(storedBytes), isRight: true },
        { title: "VERIFIED", of: verifiedAs },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
