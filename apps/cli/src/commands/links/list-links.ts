import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { listProjects } from "../projects/list-projects.ts";
import type { Link } from "./find-link.ts";

/** All links there are, or all of a project. */
export async function listLinks(client: ApiClient, project: string | undefined): Promise<readonly Link[]> {
  if (project !== undefined) return await listLinksOfProject(client, project);
  const found: Link[] = [];
  for (const { id } of await listProjects(client)) {
    try {
      found.push(...(await listLinksOfProject(client, id)));
    } catch (error) {
      // It was deleted in between.
      if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
    }
  }
  return found;
}

export async function listLinksOfProject({ call }: ApiClient, project_id: string): Promise<readonly Link[]> {
  const { body } = await call("get /api/external-services/projects/{project_id}", { params: { project_id } });
  return body;
}

const pageSize = 100;

export async function listLinksOfService({ call }: ApiClient, id: number): Promise<readonly Link[]> {
  const found: Link[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const query = { limit: pageSize, ...(after !== undefined && { after }) };
    const { body } = await call("get /api/external-services/{id}/projects", { params: { id }, query });
    found.push(...body);
    if (body.length < pageSize) return found;
  }
}
