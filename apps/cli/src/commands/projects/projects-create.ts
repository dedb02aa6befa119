import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { projectIdOf } from "../links/find-link.ts";
import type { projectsCreate } from "./index.ts";
import type { Project } from "./list-projects.ts";

export const run: RunOf<typeof projectsCreate> = async ({ api, arguments: given, options, prompts, output }) => {
  const { slug, ifNotExists } = options;
  if (given.name !== undefined && options.name !== undefined) {
    throw new CliError("Usage", "The project is named twice.");
  }
  const named = given.name ?? options.name;
  if (named === undefined && !prompts.canAsk) throw new CliError("Usage", "The required parameter --name is missing.");
  const name = named ?? (await prompts.text("What is it called?", { flag: "--name" }));
  const client = await api();
  try {
    const { body } = await client.call("post /api/projects", { body: { name, ...(slug !== undefined && { slug }) } });
    output.note("Created the project. Its slug:");
    output.result(body.data, () => `${printable(body.data.slug)}\n`);
  } catch (error) {
    const isThere = ifNotExists && error instanceof CliError && error.code === "Conflict";
    const project = isThere ? await findProject(client, slug ?? projectIdOf(name)) : undefined;
    if (project === undefined) throw error;
    output.note("It is there already. Its slug:");
    output.result(project, () => `${printable(project.slug)}\n`);
  }
};

async function findProject({ call }: ApiClient, id: string): Promise<Project | undefined> {
  try {
    return (await call("get /api/projects/{id}", { params: { id } })).body.data;
  } catch (error) {
    if (error instanceof CliError && error.code === "NotFound") return undefined;
    throw error;
  }
}
