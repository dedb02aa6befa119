import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { finishJob } from "../services/finish-change.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { sinksCreate } from "./index.ts";

type Options = Parameters<RunOf<typeof sinksCreate>>[0]["options"];

export const run: RunOf<typeof sinksCreate> = async (invocation) => {
  const { options, output } = invocation;
  const sink = readSink(options);
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const route = "post /api/external-services/{id}/projects/{project_id}/sinks";
  const { body } = await client.call(route, { ...address, body: sink });
  const { secret } = body;
  // Before the job: nobody can read it a second time.
  if (secret !== undefined && !output.isJson) output.warn(`Its secret, shown this once: ${secret}`);
  await finishJob(invocation, client, {
    jobId: body.job_id,
    noWait: options.noWait,
    show: async () => {
      const { sinks } = await readLink(client, address);
      return { ...(sinks.find(({ id }) => id === body.sink.id) ?? body.sink), ...(secret !== undefined && { secret }) };
    },
    done: "The variables are there, and follow every change. Its id:",
    render: ({ id }) => `${id}\n`,
  });
};

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
