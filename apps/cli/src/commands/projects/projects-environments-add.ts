import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { projectIdOf } from "../links/find-link.ts";
import type { projectsEnvironmentsAdd } from "./index.ts";

export const run: RunOf<typeof projectsEnvironmentsAdd> = async ({ api, arguments: given, options, output }) => {
  const { call } = await api();
  const params = { id: projectIdOf(given.project) };
  try {
    const { body } = await call("post /api/projects/{id}/environments", { params, body: { name: given.name } });
    output.note("Added the environment.");
    output.result(body.data, () => "");
  } catch (error) {
    if (!options.ifNotExists || !(error instanceof CliError) || error.code !== "Conflict") throw error;
    const { body } = await call("get /api/projects/{id}", { params });
    if (!body.data.environments.includes(given.name)) throw error;
    output.note("It is there already.");
    output.result(body.data, () => "");
  }
};
