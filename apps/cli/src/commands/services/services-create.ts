import type { ApiClient } from "../../api/api-client.ts";
import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Prompts } from "../../command/prompts.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { readService } from "./finish-change.ts";
import { readGivenSecret } from "./given-secret.ts";
import type { servicesCreate } from "./index.ts";
import type { Service } from "./list-services.ts";
import { askMissing, type Engine, readPairs, readParameterFile, readParameterSchema } from "./read-parameters.ts";
import { slugOf } from "./slug-of.ts";

type Invocation = Parameters<RunOf<typeof servicesCreate>>[0];

export const run: RunOf<typeof servicesCreate> = async (invocation) => {
  const { api, options, prompts, output } = invocation;
  const { type: service_type, ifNotExists, noWait } = options;
  const name = options.name ?? (await askName(prompts));
  const client = await api();
  const parameters = await readParameters(invocation, client, name);
  try {
    const body = { name, service_type, parameters };
    const answer = await client.call("post /api/external-services", { body });
    const job = jobOf(answer);
    if (job !== undefined && !noWait) await waitForJob(invocation, client, job);
    const service = job === undefined || noWait ? answer.body : await readService(client, answer.body.id);
    output.note(
      service.status === "running"
        ? `Created the service ${name}. Its id:`
        : `The service ${name} is ${service.status}; wait for it with: stave jobs watch ${job}. Its id:`,
    );
    output.result({ ...service, ...(job !== undefined && { job }) }, () => `${service.id}\n`);
  } catch (error) {
    const service = ifNotExists && isConflict(error) ? await findExisting(client, name) : undefined;
    if (service === undefined) throw error;
    output.note(`The service ${printable(service.name)} is there already. Its id:`);
    output.result(service, () => `${service.id}\n`);
  }
};

async function askName(prompts: Prompts): Promise<string> {
  if (prompts.canAsk) return await prompts.text("What is it called?", { flag: "--name" });
  throw new CliError("Usage", "The required parameter --name is missing.", {
    next: ["stave services create -t s3 -n NAME -y"],
  });
}

/** Of the built-in engine without any there is nothing to ask the server for. */
async function readParameters({ options, prompts, stdin, globals }: Invocation, client: ApiClient, name: string) {
  const { set, parameters: file, secretFile, secretStdin } = options;
  const isBare = options.name === undefined && set.length === 0 && file === undefined;
  const isAsked = options.engine === undefined && isBare && prompts.canAsk && !globals.isYes;
  const engine = options.engine ?? (isAsked ? await askEngine(client, prompts) : "stave");
  const secret = await readGivenSecret({ secretFile, secretStdin }, stdin);
  if (engine === "stave" && set.length === 0 && file === undefined && secret === undefined) return { engine };
  const schema = await readParameterSchema(client, engine);
  const given = {
    ...(file !== undefined && (await readParameterFile(file, stdin))),
    ...readPairs(set, schema, engine),
    ...(secret !== undefined && { secret_key: secret }),
  };
  const command = `stave services create -n "${name}" --engine ${engine}`;
  return { ...(await askMissing(given, schema, { prompts, command })), engine };
}

async function askEngine({ call }: ApiClient, prompts: Prompts): Promise<Engine> {
  const { body } = await call("get /api/external-services/providers/metadata/{type}", { params: { type: "s3" } });
  const choices = body.engines
    .filter(({ is_available }) => is_available)
    .map(({ engine, display_name, description }) => ({ value: engine, label: `${display_name}: ${description}` }));
  return await prompts.select<Engine>("What serves it?", { flag: "--engine", choices });
}

function isConflict(error: unknown): boolean {
  return error instanceof CliError && error.code === "Conflict";
}

/** Undefined: the conflict was about something else. */
async function findExisting({ call }: ApiClient, name: string): Promise<Service | undefined> {
  try {
    const { body } = await call("get /api/external-services/by-slug/{slug}", { params: { slug: slugOf(name) } });
    return body.service;
  } catch (error) {
    if (error instanceof CliError && error.code === "NotFound") return undefined;
    throw error;
  }
}
