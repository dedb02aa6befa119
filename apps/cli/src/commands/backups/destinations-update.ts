import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { readSecret } from "../../command/read-secret.ts";
import { printable } from "../../output/printable.ts";
import type { destinationsUpdate } from "./destinations.ts";
import { findDestination } from "./find-destination.ts";

export const run: RunOf<typeof destinationsUpdate> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const { name, endpoint, region, accessKey, secretKeyStdin, secretKeyFile } = options;
  const hasSecret = secretKeyStdin || secretKeyFile !== undefined;
  const change = {
    ...(name !== undefined && { name }),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(accessKey !== undefined && { accessKeyId: accessKey }),
    ...(hasSecret && {
      secretAccessKey: await readSecret(invocation, {
        question: "Secret key",
        fromStdin: secretKeyStdin,
        file: secretKeyFile,
        flag: "--secret-key-stdin",
      }),
    }),
  };
  if (Object.keys(change).length === 0) {
    throw new CliError("Usage", "There is nothing to change.", { next: ["stave backups destinations update --help"] });
  }
  const client = await api();
  const { id } = await findDestination(client, given.destination);
  const { body } = await client.call("patch /api/backups/destinations/{id}", { params: { id }, body: change });
  output.note(`Changed the destination ${printable(body.data.name)}.`);
  output.result(body.data, () => "");
};
