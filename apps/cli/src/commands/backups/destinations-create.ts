import { CliError } from "../../command/cli-error.ts";
import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { readSecret } from "../../command/read-secret.ts";
import { printable } from "../../output/printable.ts";
import type { destinationsCreate } from "./destinations.ts";
import { listDestinations } from "./find-destination.ts";

type Given = Invocation<unknown, ValuesOf<(typeof destinationsCreate)["options"]>>;

export const run: RunOf<typeof destinationsCreate> = async (invocation) => {
  const { api, options, output } = invocation;
  const { name, ifNotExists } = options;
  const client = await api();
  const found = ifNotExists ? (await listDestinations(client)).find((one) => one.name === name) : undefined;
  if (found !== undefined) {
    output.note(`The destination ${printable(name)} is there already. Its id:`);
    output.result(found, () => `${found.id}\n`);
    return;
  }
  const { body } = await client.call("post /api/backups/destinations", { body: await readBody(invocation) });
  output.note(`The destination ${printable(name)} works. Its id:`);
  output.result(body.data, () => `${body.data.id}\n`);
};

async function readBody(invocation: Given) {
  const { options, environment } = invocation;
  const { name, directory, endpoint, bucket, prefix, region, virtualHost } = options;
  if ((directory === undefined) === (endpoint === undefined)) {
    throw new CliError("Usage", "Expected --directory, or --endpoint with --bucket and --access-key.", {
      next: ["stave backups destinations create --help"],
    });
  }
  if (directory !== undefined) return { kind: "local" as const, name, directory };
  const accessKeyId = options.accessKey ?? environment.AWS_ACCESS_KEY_ID;
  if (endpoint === undefined || bucket === undefined || !accessKeyId) {
    throw new CliError("Usage", `${bucket === undefined ? "--bucket" : "--access-key"} is missing.`, {
      next: ["stave backups destinations create --help"],
    });
  }
  const isOfEnvironment = options.accessKey === undefined && !options.secretKeyStdin && !options.secretKeyFile;
  const secretAccessKey =
    (isOfEnvironment && environment.AWS_SECRET_ACCESS_KEY) ||
    (await readSecret(invocation, {
      question: `Secret key of ${accessKeyId}`,
      fromStdin: options.secretKeyStdin,
      file: options.secretKeyFile,
      flag: "--secret-key-stdin",
    }));
  return {
    kind: "s3" as const,
    name,
    endpoint,
    bucket,
    ...(prefix !== undefined && { prefix }),
    region,
    accessKeyId,
    secretAccessKey,
    forcePathStyle: !virtualHost,
  };
}
