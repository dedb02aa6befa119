import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { finishJob } from "../services/finish-change.ts";
import { type LinkAddress, readLink, resolveLink } from "./find-link.ts";
import { formatLink } from "./format-link.ts";
import type { servicesLink } from "./index.ts";

type Invocation = Parameters<RunOf<typeof servicesLink>>[0];

export const run: RunOf<typeof servicesLink> = async (invocation) => {
  const { options, output, now } = invocation;
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  if (options.createProject) await ensureProject(invocation, client, address);
  const jobId = await begin(invocation, client, address);
  await finishJob(invocation, client, {
    jobId,
    noWait: options.noWait,
    show: () => readLink(client, address),
    done: ({ service, project, environment }) => {
      const what = `${printable(service.name)} and ${printable(project.name)} (${environment})`;
      return jobId === undefined
        ? `${what} are linked already.`
        : `Linked ${what}. Deploy the application again: it gets its variables then.`;
    },
    render: (link) => formatLink(link, { now: now(), isAbsolute: output.isAbsolute }),
  });
};

/** The job; undefined when it is linked already. */
async function begin({ options }: Invocation, client: ApiClient, { params, query }: LinkAddress) {
  const { prefix, endpoint, useServiceCredentials } = options;
  try {
    const { body } = await client.call("post /api/external-services/{id}/projects", {
      params: { id: params.id },
      body: {
        project_id: params.project_id,
        environment: query.environment,
        use_service_credentials: useServiceCredentials,
        ...(prefix !== undefined && { prefix }),
        ...(endpoint !== undefined && { endpoint }),
      },
    });
    return body.job_id;
  } catch (error) {
    const asIs = prefix === undefined && endpoint === undefined;
    const isThere = asIs && isCode(error, "Conflict") && (await exists(client, { params, query }));
    if (isThere) return undefined;
    throw error;
  }
}

async function exists(client: ApiClient, address: LinkAddress): Promise<boolean> {
  try {
    return (await readLink(client, address)).status === "active";
  } catch (error) {
    if (isCode(error, "NotFound")) return false;
    throw error;
  }
}

async function ensureProject({ options, output }: Invocation, { call }: ApiClient, { params, query }: LinkAddress) {
  const { project_id: id } = params;
  let project = await call("get /api/projects/{id}", { params: { id } }).then(
    ({ body }) => body.data,
    (error: unknown) => {
      if (isCode(error, "NotFound")) return undefined;
      throw error;
    },
  );
  if (project === undefined) {
    const { body } = await call("post /api/projects", { body: { name: options.project } });
    project = body.data;
    output.note(`Created the project ${printable(project.slug)}.`);
  }
  if (project.environments.includes(query.environment)) return;
  await call("post /api/projects/{id}/environments", { params: { id }, body: { name: query.environment } });
  output.note(`Added the environment ${query.environment}.`);
}

function isCode(error: unknown, code: CliError["code"]): boolean {
  return error instanceof CliError && error.code === code;
}
