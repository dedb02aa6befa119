import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { backupsCancel } from "./index.ts";

export const run: RunOf<typeof backupsCancel> = async ({ api, arguments: given, output }) => {
  const { call } = await api();
  const { data } = (await call("get /api/backups/{id}", { params: { id: given.backup } })).body;
  if (data.state !== "running" || data.jobId === null) {
    throw new CliError("Conflict", `There is nothing to call off: the backup is ${data.state}.`, {
      next: [`stave backups show ${data.id}`],
    });
  }
  const { body } = await call("post /api/jobs/{id}/cancel", { params: { id: data.jobId } });
  output.note("It was called off.");
  output.result(body.data, () => "");
};
