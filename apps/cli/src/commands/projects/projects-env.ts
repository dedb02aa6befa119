import { text } from "node:stream/consumers";
import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { type Link, type LinkAddress, projectIdOf } from "../links/find-link.ts";
import { formatVariables, maskedValue, type Variables } from "../links/format-variables.ts";
import { listLinksOfProject } from "../links/list-links.ts";
import type { projectsEnv } from "./index.ts";

export const run: RunOf<typeof projectsEnv> = async ({ api, arguments: given, options, output }) => {
  const { environment, format = "dotenv", reveal } = options;
  const client = await api();
  const project = projectIdOf(given.project);
  const links = (await listLinksOfProject(client, project)).filter((link) => link.environment === environment);
  if (links.length === 0) {
    output.note(`${environment} is linked to nothing: stave services link my-storage --project ${project}`);
  }
  const addresses = links.map(addressOf);
  if (reveal && format !== "json" && !output.isJson) {
    // As the server writes them, which knows what has to be quoted.
    for (const address of addresses) output.raw.write(await readFile(client, address, format));
    return;
  }
  const variables: Record<string, string> = {};
  for (const address of addresses) {
    Object.assign(
      variables,
      reveal ? JSON.parse(await readFile(client, address, "json")) : await readMasked(client, address),
    );
  }
  output.result(variables, () => formatVariables(variables, format));
  if (Object.values(variables).includes(maskedValue)) {
    output.warn("Secrets are masked: --reveal shows them, for applications to use.");
  }
};

function addressOf({ service, project, environment }: Link): LinkAddress {
  return { params: { id: service.id, project_id: project.id }, query: { environment } };
}

async function readMasked({ call }: ApiClient, address: LinkAddress): Promise<Variables> {
  return (await call("get /api/external-services/{id}/projects/{project_id}/environment", address)).body;
}

async function readFile(
  { call }: ApiClient,
  { params, query }: LinkAddress,
  format: "dotenv" | "export" | "json",
): Promise<string> {
  const route = "get /api/external-services/{id}/projects/{project_id}/environment-file";
  const { body } = await call(route, { params, query: { ...query, format } });
  return await text(body);
}
