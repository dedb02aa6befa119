import type { RunOf } from "../../command/define-command.ts";
import { projectIdOf } from "../links/find-link.ts";
import type { projectsEnvironmentsRemove } from "./index.ts";

export const run: RunOf<typeof projectsEnvironmentsRemove> = async ({ api, arguments: given, prompts, output }) => {
  const client = await api();
  const params = { id: projectIdOf(given.project), environment: given.name };
  await prompts.confirm(`Remove the environment ${given.name}? Its buckets stay.`);
  await client.call("delete /api/projects/{id}/environments/{environment}", { params });
  output.note("Removed the environment. Its buckets stay.");
  output.result({ removed: given.name }, () => "");
};
