import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Prompts } from "../../command/prompts.ts";
import { printable } from "../../output/printable.ts";
import { readGivenSecret } from "./given-secret.ts";
import type { servicesImport } from "./index.ts";
import { readParameterFile } from "./read-parameters.ts";

export const run: RunOf<typeof servicesImport> = async ({ api, arguments: given, options, prompts, stdin, output }) => {
  const { engine, accessKey, set, parameters: file, secretFile, secretStdin } = options;
  const client = await api();
  const container = await findContainer(client, given.container, prompts);
  const secret = await readGivenSecret({ secretFile, secretStdin }, stdin);
  if (set.some(([key]) => key === "secret_key")) {
    throw new CliError("Usage", "secret_key is not taken from the command line: others could read it there.", {
      next: ["name a file with --secret-file FILE", "or pipe it in with --secret-stdin"],
    });
  }
  const parameters = {
    ...(file !== undefined && (await readParameterFile(file, stdin))),
    ...Object.fromEntries(set.map(typed)),
    ...(engine !== undefined && { engine }),
    ...(accessKey !== undefined && { access_key: accessKey }),
    ...(secret !== undefined && { secret_key: secret }),
  };
  const { name = container.suggested_name } = options;
  const body = { name, service_type: "s3", container_id: container.container_id, parameters } as const;
  const { body: service } = await client.call("post /api/external-services/import", { body });
  output.note(`The container ${printable(container.container_name)} is the service ${printable(name)} now. Its id:`);
  output.result(service, () => `${service.id}\n`);
};

/** By its name, or the beginning of its id. */
async function findContainer({ call }: ApiClient, wanted: string | undefined, prompts: Prompts) {
  const { body: containers } = await call("get /api/external-services/available-containers");
  if (wanted === undefined && !prompts.canAsk) {
    throw new CliError("Usage", "Which container is meant is missing.", { next: ["stave services importable"] });
  }
  if (containers.length === 0) {
    throw new CliError("NotFound", "There is no container that could be imported.", {
      next: ["stave services importable"],
    });
  }
  const choices = containers.map(({ container_id, container_name, image }) => ({
    value: container_id,
    label: printable(`${container_name} (${image})`),
  }));
  const chosen = wanted ?? (await prompts.select("Which container?", { flag: "CONTAINER", choices }));
  const named = containers.filter(({ container_name }) => container_name === chosen);
  const found =
    named.length > 0 || chosen.length < 4
      ? named
      : containers.filter(({ container_id }) => container_id.startsWith(chosen));
  const [container, ...others] = found;
  if (container === undefined || others.length > 0) {
    const message =
      others.length > 0
        ? `"${chosen}" is several containers.`
        : `There is no container "${chosen}" that could be imported.`;
    throw new CliError("NotFound", message, { next: ["stave services importable"] });
  }
  return container;
}

/** Of the parameters of an import only these are no text. */
function typed([key, value]: readonly [string, string]): readonly [string, unknown] {
  if (key === "container_port" || key === "container_console_port") return [key, Number(value)];
  if (key === "health_statuses") return [key, value.split(",").map(Number)];
  if (key === "command") return [key, value.split(",")];
  return [key, key === "read_only_root" ? value === "true" : value];
}
