import { text } from "node:stream/consumers";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { writeSecretFile } from "../../output/write-secret-file.ts";
import { serviceQuery } from "../buckets/options.ts";
import { findCredential } from "./find-credential.ts";
import type { credentialsExport } from "./index.ts";

const formats = { dotenv: "dotenv", json: "json", k8s: "flat", "k8s-aws": "aws", "k8s-obc": "obc" } as const;

export const run: RunOf<typeof credentialsExport> = async ({ api, arguments: given, options, output }) => {
  const { service, format, name, namespace, outputFile, reveal } = options;
  if (!reveal && outputFile === undefined) {
    throw new CliError("Usage", "--output or --reveal is missing: what it writes holds the secret.", {
      next: [`stave credentials export ${given.bucket} ${given.credential} --output FILE`],
    });
  }
  const client = await api();
  const { id } = await findCredential(client, { ...given, service });
  const render = async () => {
    const { body } = await client.call("get /api/storage/buckets/{bucket}/credentials/{id}/manifest", {
      params: { bucket: given.bucket, id },
      query: {
        ...serviceQuery(service),
        format: formats[format],
        ...(name !== undefined && { name }),
        ...(namespace !== undefined && { namespace }),
      },
      headers: { accept: "text/plain" },
    });
    return await text(body);
  };
  if (outputFile === undefined) {
    const manifest = await render();
    output.result({ format, manifest }, () => manifest);
    return;
  }
  await writeSecretFile(outputFile, render);
  output.note(`It is in ${printable(outputFile)}, for nobody else to read.`);
  output.result({ format, file: outputFile }, () => "");
};
