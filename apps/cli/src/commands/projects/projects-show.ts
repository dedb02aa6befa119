import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { projectIdOf } from "../links/find-link.ts";
import { formatLinks } from "../links/format-link.ts";
import { listLinksOfProject } from "../links/list-links.ts";
import type { projectsShow } from "./index.ts";

export const run: RunOf<typeof projectsShow> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { body } = await client.call("get /api/projects/{id}", { params: { id: projectIdOf(given.project) } });
  const { data: project } = body;
  const links = await listLinksOfProject(client, project.id);
  output.result({ ...project, links }, () => {
    const properties = formatProperties({
      ID: project.id,
      Slug: project.slug,
      Name: project.name,
      Environments: project.environments.join(", "),
      Created: project.createdAt,
      ...(links.length === 0 && { Links: "none" }),
    });
    return links.length === 0 ? properties : `${properties}\n${formatLinks(links)}`;
  });
};
