import type { RunOf } from "../../command/define-command.ts";
import { projectIdOf } from "../links/find-link.ts";
import { formatLinks } from "../links/format-link.ts";
import { listLinksOfProject } from "../links/list-links.ts";
import type { projectsLinks } from "./index.ts";

export const run: RunOf<typeof projectsLinks> = async ({ api, arguments: given, output }) => {
  const project = projectIdOf(given.project);
  const links = await listLinksOfProject(await api(), project);
  output.list(links, {
    empty: `It is linked to nothing. Link it with: stave services link my-storage --project ${project}`,
    render: () => formatLinks(links),
  });
};
