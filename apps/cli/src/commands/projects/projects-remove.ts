import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { printable } from "../../output/printable.ts";
import { projectIdOf } from "../links/find-link.ts";
import { listLinksOfProject } from "../links/list-links.ts";
import type { projectsRemove } from "./index.ts";

export const run: RunOf<typeof projectsRemove> = async ({ api, arguments: given, options, prompts, output }) => {
  const client = await api();
  const params = { id: projectIdOf(given.project) };
  const { body } = await client.call("get /api/projects/{id}", { params });
  const { data: project } = body;
  const links = await listLinksOfProject(client, project.id);
  const about = formatProperties({
    Project: `${project.name} (${project.slug})`,
    Environments: project.environments.join(", "),
    Links: links.length === 0 ? "none" : links.map((link) => `${link.service.name} (${link.environment})`).join(", "),
    Buckets: "stay, with all objects",
  });
  if (options.dryRun) {
    if (links.length > 0) output.warn("It would be refused: it is linked.");
    return output.result({ project, links }, () => about);
  }
  const [first] = links;
  if (first !== undefined) {
    throw new CliError("Conflict", `The project ${project.slug} is linked.`, {
      why: links.map((link) => `${link.service.name} (${link.environment})`).join(", "),
      next: [
        `stave services unlink ${first.service.slug} --project ${project.slug} --environment ${first.environment}`,
      ],
    });
  }
  output.note(`This goes for good:\n${about.trimEnd()}`);
  await prompts.confirmByName("It cannot be taken back.", project.slug);
  await client.call("delete /api/projects/{id}", { params: { id: project.id } });
  output.note(`Removed the project ${printable(project.slug)}.`);
  output.result({ removed: project }, () => "");
};
