import type { RunOf } from "../../command/define-command.ts";
import type { jobsCancel } from "./index.ts";

export const run: RunOf<typeof jobsCancel> = async ({ api, arguments: { id }, output }) => {
  const { call } = await api();
  const { body } = await call("post /api/jobs/{id}/cancel", { params: { id } });
  output.note("It was called off.");
  output.result(body.data, () => "");
};
