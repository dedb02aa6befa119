import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { sinksCreate } from "./index.ts";

type Options = Parameters<RunOf<typeof sinksCreate>>[0]["options"];

export const run: RunOf<typeof sinksCreate> = async (invocation) => {
  const { options, output } = invocation;
  const wanted = readSink(options);
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const route = "post /api/external-services/{id}/projects/{project_id}/sinks";
  const { body } = await client.call(route, { ...address, body: wanted });
  const { secret, job_id: job } = body;
  const ended = options.noWait ? undefined : await waitForJob(invocation, client, job).catch(onlyFailed);
  const { sinks } = await readLink(client, address);
  const sink = sinks.find(({ id }) => id === body.sink.id) ?? body.sink;
  if (!(ended instanceof CliError)) {
    output.note(
      options.noWait
        ? `It goes on. Wait for it with: stave jobs watch ${printable(job)}. The id of the sink:`
        : "The variables are there, and follow every change. The id of the sink:",
    );
  }
  // Also after a failure: the sink is there, and nobody can read its secret a second time.
  output.result({ ...sink, job, ...(secret !== undefined && { secret }) }, () => `${printable(sink.id)}\n`);
  if (secret !== undefined && !output.isJson)
    output.warn(`What it is signed with is shown this once: ${printable(secret)}`);
  if (ended instanceof CliError) throw ended;
};

function onlyFailed(error: unknown): CliError {
  if (error instanceof CliError && error.code === "Failed") return error;
  throw error;
}

function readSink(options: Options) {
  const { kind, path, namespace, name, format, force, to, includeValues } = options;
  if (kind === "dotenv") return { kind, path: given(path, "--path FILE") };
  if (kind === "webhook") return { kind, url: given(to, "--to URL"), include_values: includeValues };
  return {
    kind,
    namespace: given(namespace, "--namespace NAMESPACE"),
    name: given(name, "--name NAME"),
    force,
    ...(format !== undefined && { format }),
  };
}

function given(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  throw new CliError("Usage", `The required parameter ${flag} is missing.`);
}
