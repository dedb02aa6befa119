import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { listProjects } from "../projects/list-projects.ts";
import { resolveService } from "../services/resolve-service.ts";
import { type Link, projectIdOf } from "./find-link.ts";
import { formatLinks } from "./format-link.ts";
import type { linksList } from "./index.ts";

export const run: RunOf<typeof linksList> = async (invocation) => {
  const { options, arguments: given, output } = invocation;
  const client = await invocation.api();
  const isOfService = given.service !== undefined || options.id !== undefined;
  const all = isOfService
    ? await listOfService(client, await resolveService(invocation, client))
    : await listOfProjects(client, options.project);
  const wanted = options.project === undefined ? undefined : projectIdOf(options.project);
  const links = all.filter(
    ({ needs_redeploy, project }) =>
      (!options.stale || needs_redeploy) && (wanted === undefined || project.slug === wanted || project.id === wanted),
  );
  output.list(links, {
    empty: options.stale
      ? "Every application runs with its variables as they are."
      : "There are no links. Make one with: stave services link my-storage --project my-app",
    render: () => formatLinks(links),
  });
};

const pageSize = 100;

async function listOfService({ call }: ApiClient, id: number): Promise<readonly Link[]> {
  const found: Link[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const query = { limit: pageSize, ...(after !== undefined && { after }) };
    const { body } = await call("get /api/external-services/{id}/projects", { params: { id }, query });
    found.push(...body);
    if (body.length < pageSize) return found;
  }
}

async function listOfProjects(client: ApiClient, project: string | undefined): Promise<readonly Link[]> {
  if (project !== undefined) return await listOfProject(client, projectIdOf(project));
  const found: Link[] = [];
  for (const { id } of await listProjects(client)) {
    try {
      found.push(...(await listOfProject(client, id)));
    } catch (error) {
      // It was deleted in between.
      if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
    }
  }
  return found;
}

export async function listOfProject({ call }: ApiClient, project_id: string): Promise<readonly Link[]> {
  const { body } = await call("get /api/external-services/projects/{project_id}", { params: { project_id } });
  return body;
}
