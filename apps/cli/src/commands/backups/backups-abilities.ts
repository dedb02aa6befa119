import { findService } from "../../api/find-service.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { backupsAbilities } from "./index.ts";

export const run: RunOf<typeof backupsAbilities> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id } = await findService(client, given.service);
  const { body } = await client.call("get /api/external-services/{id}/restore-capabilities", { params: { id } });
  output.result(body, () =>
    formatProperties({
      "In place": body.restore_in_place ? "yes" : "no: it does not run",
      "To a new service": body.restore_to_new_service ? "yes" : "no",
      "To a moment": body.pitr ? "yes" : "no",
      "Name for a new one": body.suggested_new_service_name,
    }),
  );
};
