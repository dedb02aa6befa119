import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { projectsList } from "./index.ts";
import { listProjects } from "./list-projects.ts";

export const run: RunOf<typeof projectsList> = async ({ api, output, now }) => {
  const rows = await listProjects(await api());
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no projects. Make one with: stave projects create my-app",
    render: () =>
      formatTable(rows, [
        { title: "SLUG", of: ({ slug }) => slug },
        { title: "NAME", of: ({ name }) => name },
        { title: "ENVIRONMENTS", of: ({ environments }) => environments.join(", ") },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
