import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { projectIdOf } from "../links/find-link.ts";
import { formatLinks } from "../links/format-link.ts";
import { listLinksOfProject } from "../links/list-links.ts";
import type { projectsRedeploy } from "./index.ts";

export const run: RunOf<typeof projectsRedeploy> = async ({ api, arguments: given, options, output }) => {
  const client = await api();
  const all = await listLinksOfProject(client, projectIdOf(given.project));
  const stale = all.filter(
    ({ environment, needs_redeploy }) => needs_redeploy && environment === (options.environment ?? environment),
  );
  const empty = "It runs with its variables as they are.";
  if (!options.done) return output.list(stale, { empty, render: () => formatLinks(stale) });
  const noted = [];
  for (const { service, project, environment, revision } of stale) {
    if (revision === null) continue;
    const { body } = await client.call("post /api/external-services/{id}/projects/{project_id}/deployed", {
      params: { id: service.id, project_id: project.id },
      query: { environment },
      body: { revision },
    });
    output.note(`Noted: ${printable(environment)} has the variables of ${printable(service.slug)}.`);
    noted.push(body);
  }
  if (noted.length === 0) output.note(empty);
  output.result(noted, () => "");
};
