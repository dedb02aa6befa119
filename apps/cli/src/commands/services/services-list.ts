import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { servicesList } from "./index.ts";
import { listServices } from "./list-services.ts";

export const run: RunOf<typeof servicesList> = async ({ api, output, now }) => {
  const rows = await listServices(await api());
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no services. Make one with: stave services create -t s3 -n my-storage",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id, isRight: true },
        { title: "NAME", of: ({ name }) => name },
        { title: "TYPE", of: ({ service_type }) => service_type },
        { title: "ENGINE", of: ({ engine }) => engine },
        { title: "STATUS", of: ({ status }) => status },
        { title: "ENDPOINT", of: ({ public_endpoint }) => public_endpoint },
        { title: "CREATED", of: ({ created_at }) => formatTime(created_at, time) },
      ]),
  });
};
