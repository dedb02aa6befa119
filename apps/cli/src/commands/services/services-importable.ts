import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import type { servicesImportable } from "./index.ts";

export const run: RunOf<typeof servicesImportable> = async ({ api, output }) => {
  const { call } = await api();
  const { body: rows } = await call("get /api/external-services/available-containers");
  output.list(rows, {
    empty: "There is no container with an S3 server that is not a service already.",
    render: () =>
      formatTable(rows, [
        { title: "CONTAINER", of: ({ container_name }) => container_name },
        { title: "ID", of: ({ container_id }) => container_id.slice(0, 12) },
        { title: "ENGINE", of: ({ engine }) => engine },
        { title: "IMAGE", of: ({ image }) => image },
        { title: "STATE", of: ({ is_running }) => (is_running ? "running" : "stopped") },
        { title: "NAME", of: ({ suggested_name }) => suggested_name },
      ]),
  });
};
