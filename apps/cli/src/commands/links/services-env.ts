import { text } from "node:stream/consumers";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { resolveService } from "../services/resolve-service.ts";
import { type LinkAddress, projectIdOf } from "./find-link.ts";
import { formatVariables, maskedValue, type Variables } from "./format-variables.ts";
import type { servicesEnv } from "./index.ts";

type Invocation = Parameters<RunOf<typeof servicesEnv>>[0];

export const run: RunOf<typeof servicesEnv> = async (invocation) => {
  const { options, output } = invocation;
  const { reveal, variable, preview, names, prefix, endpoint } = options;
  if (!preview && !names && (prefix !== undefined || endpoint !== undefined)) {
    throw new CliError("Usage", "--prefix and --endpoint are for --preview and --names: a link has its own.", {
      next: ["stave links update my-storage --project my-app --prefix ASSETS"],
    });
  }
  if (reveal && (preview || names)) {
    throw new CliError("Usage", "There is nothing to reveal of a link that is not there.");
  }
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  if (names) {
    const query = prefix === undefined ? {} : { prefix };
    const { body } = await client.call("get /api/external-services/{id}/preview-environment-names", {
      params: { id },
      query,
    });
    return output.list(body, {
      empty: "There are none.",
      render: () => body.map((name) => `${printable(name)}\n`).join(""),
    });
  }
  const address = readAddress(invocation, id);
  if (variable !== undefined) return await showOne(invocation, client, { address, variable });
  if (reveal) return await showFile(invocation, client, address);
  const variables = preview ? await readPreview(invocation, client, address) : await readMasked(client, address);
  showMasked(invocation, variables);
};

function readAddress({ options }: Invocation, id: number): LinkAddress {
  const { project, environment } = options;
  if (project === undefined) throw new CliError("Usage", "The required parameter --project is missing.");
  return { params: { id, project_id: projectIdOf(project) }, query: { environment } };
}

const environmentRoute = "get /api/external-services/{id}/projects/{project_id}/environment";

async function readMasked({ call }: ApiClient, address: LinkAddress): Promise<Variables> {
  return (await call(environmentRoute, address)).body;
}

async function readPreview(
  { options }: Invocation,
  { call }: ApiClient,
  { params, query }: LinkAddress,
): Promise<Variables> {
  const { prefix, endpoint } = options;
  const { body } = await call("get /api/external-services/{id}/preview-environment-masked", {
    params: { id: params.id },
    query: {
      project_id: params.project_id,
      ...query,
      ...(prefix !== undefined && { prefix }),
      ...(endpoint !== undefined && { endpoint }),
    },
  });
  return body;
}

/** For `$(…)`: the value alone. */
async function showOne(
  { options, output }: Invocation,
  client: ApiClient,
  { address, variable }: { readonly address: LinkAddress; readonly variable: string },
): Promise<void> {
  if (options.reveal) {
    const { params, query } = address;
    const route = "get /api/external-services/{id}/projects/{project_id}/environment/{variable}";
    const { body } = await client.call(route, { params: { ...params, variable }, query });
    return output.result(body, () => `${printable(body.value)}\n`);
  }
  const variables = await readMasked(client, address);
  const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
  if (value === undefined) {
    throw new CliError("NotFound", `There is no variable "${variable}".`, {
      why: `There are ${Object.keys(variables).join(", ")}.`,
    });
  }
  if (value === maskedValue) output.warn("The value is masked: --reveal shows it.");
  output.result({ name: variable, value }, () => `${printable(value)}\n`);
}

/** As the server writes it: what is shown is what applications get. */
async function showFile(
  { options, output }: Invocation,
  { call }: ApiClient,
  { params, query }: LinkAddress,
): Promise<void> {
  const format = options.format ?? (output.isJson ? "json" : "dotenv");
  const route = "get /api/external-services/{id}/projects/{project_id}/environment-file";
  const { body, headers } = await call(route, { params, query: { ...query, format } });
  const file = await text(body);
  const revision = headers["x-stave-revision"];
  if (revision !== undefined) output.note(`Their revision is ${printable(revision)}.`);
  if (output.isJson && format === "json") return output.result(JSON.parse(file), () => file);
  output.result({ format, content: file }, () => file);
}

function showMasked({ options, output }: Invocation, variables: Variables): void {
  const { format = "dotenv" } = options;
  if (format === "k8s") {
    throw new CliError("Usage", "A Secret with masked values would take the place of the real ones.", {
      next: ["add --reveal"],
    });
  }
  output.result(variables, () => formatVariables(variables, format));
  if (Object.values(variables).includes(maskedValue)) {
    output.warn("Secrets are masked: --reveal shows them, for applications to use.");
  }
}
