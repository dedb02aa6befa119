import { findService } from "../../api/find-service.ts";
import { listAll } from "../../api/list-all.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { restoresList } from "./index.ts";

export const run: RunOf<typeof restoresList> = async ({ api, options, output, now }) => {
  const client = await api();
  const { service, backup, limit } = options;
  const filter = {
    ...(service !== undefined && { service: (await findService(client, service)).id }),
    ...(backup !== undefined && { backup }),
  };
  const rows = await listAll((query) => client.call("get /api/backups/restores", { query: { ...query, ...filter } }), {
    atMost: limit,
  });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "Nothing was brought back yet. Bring a backup back with: stave backups restore ID --dry-run --in-place",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id },
        { title: "BACKUP", of: ({ backupId }) => backupId },
        { title: "SERVICE", of: ({ serviceId }) => serviceId, isRight: true },
        { title: "HOW", of: ({ mode }) => (mode === "in_place" ? "in place" : "to a new one") },
        { title: "STATE", of: ({ state }) => state },
        { title: "WRITTEN", of: ({ written }) => written, isRight: true },
        { title: "DELETED", of: ({ deleted }) => deleted, isRight: true },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
