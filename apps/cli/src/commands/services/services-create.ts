import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Prompts } from "../../command/prompts.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { servicesCreate } from "./index.ts";

export const run: RunOf<typeof servicesCreate> = async (invocation) => {
  const { api, options, prompts, output } = invocation;
  const { type: service_type, engine, set, ifNotExists, noWait } = options;
  const name = options.name ?? (await askName(prompts));
  const client = await api();
  const parameters = { ...Object.fromEntries(set.map(typed)), ...(engine !== undefined && { engine }) };
  try {
    const body = { name, service_type, parameters };
    const answer = await client.call("post /api/external-services", { body });
    const location = answer.headers.location ?? "";
    const jobId = answer.status === 202 ? location.replace("/api/jobs/", "") : undefined;
    if (jobId !== undefined && !noWait) await waitForJob(invocation, client, jobId);
    const { id } = answer.body;
    const service =
      jobId === undefined || noWait
        ? answer.body
        : (await client.call("get /api/external-services/{id}", { params: { id } })).body.service;
    output.note(
      service.status === "running"
        ? `Created the service ${name}. Its id:`
        : `The service ${name} is ${service.status}; job ${jobId}. Its id:`,
    );
    output.result({ ...service, ...(jobId !== undefined && { job: jobId }) }, () => `${service.id}\n`);
  } catch (error) {
    if (!ifNotExists || !(error instanceof CliError) || error.code !== "Conflict") throw error;
    const slug = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "");
    const { body } = await client.call("get /api/external-services/by-slug/{slug}", { params: { slug } });
    output.note(`The service ${name} is there already. Its id:`);
    output.result(body.service, () => `${body.service.id}\n`);
  }
};

async function askName(prompts: Prompts): Promise<string> {
  if (prompts.canAsk) return await prompts.text("What is it called?", { flag: "--name" });
  throw new CliError("Usage", "The required parameter --name is missing.", {
    next: ["stave services create -t s3 -n NAME -y"],
  });
}

/** On the command line all is text; numbers, yes and no, and lists are what they look like. */
function typed([key, text]: readonly [string, string]): readonly [string, unknown] {
  if (/^(?:0|[1-9]\d{0,15})$/.test(text)) return [key, Number(text)];
  if (text === "true" || text === "false") return [key, text === "true"];
  return [key, listed.has(key) ? text.split(",") : text];
}

const listed = new Set(["buckets"]);
