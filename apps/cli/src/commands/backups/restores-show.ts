import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { restoresShow } from "./index.ts";

export const run: RunOf<typeof restoresShow> = async ({ api, arguments: given, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/backups/restores/{id}", { params: { id: given.restore } });
  const { data } = body;
  output.result(data, () =>
    formatProperties({
      ID: data.id,
      Backup: data.backupId,
      Service: data.serviceId,
      How: data.mode === "in_place" ? "in place" : "to a new service",
      State: data.state,
      Written: `${data.written}, ${formatBytes(data.writtenBytes)}`,
      Unchanged: data.unchanged,
      Deleted: data.deleted,
      Compared: data.verified,
      Problems: data.problems.map(({ bucket, key, reason }) => `${bucket ?? ""}/${key ?? ""}: ${reason}`).join("; "),
      Job: data.jobId,
      Created: data.createdAt,
      Finished: data.finishedAt,
    }),
  );
};
