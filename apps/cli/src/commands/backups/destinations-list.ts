import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { destinationsList } from "./destinations.ts";
import { listDestinations } from "./find-destination.ts";
import { placeOf } from "./place-of.ts";

export const run: RunOf<typeof destinationsList> = async ({ api, output, now }) => {
  const rows = await listDestinations(await api());
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There is no destination. Add one with: stave backups destinations create -n disk --directory nightly",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id },
        { title: "NAME", of: ({ name }) => name },
        { title: "KIND", of: ({ kind }) => kind },
        { title: "PLACE", of: placeOf },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
