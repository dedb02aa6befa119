import { text } from "node:stream/consumers";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { readUrl } from "../../s3/find-endpoint.ts";
import { readForeignEndpoints, writeForeignEndpoints } from "../../s3/foreign-endpoints.ts";
import type { contextAdd } from "./index.ts";

export const run: RunOf<typeof contextAdd> = async ({
  arguments: { name },
  options,
  environment,
  settings,
  stdin,
  prompts,
  output,
}) => {
  const { accessKeyId, region, virtualHost: isVirtual } = options;
  if (!/^[A-Za-z0-9][\w.-]{1,62}$/.test(name) || name === "s3") {
    throw new CliError("Usage", `"${name}" cannot be a name.`, {
      why: "Expected 2 to 63 letters, digits, and . - _ between.",
    });
  }
  if (Object.hasOwn(settings.contexts.contexts, name)) {
    throw new CliError("Conflict", `There is a Stave of the name "${name}" already.`, { next: ["stave context list"] });
  }
  if (options.endpoint === undefined || accessKeyId === undefined) {
    throw new CliError("Usage", `${options.endpoint === undefined ? "--endpoint" : "--access-key-id"} is missing.`, {
      next: [`stave context add ${name} --endpoint https://s3.example.com --access-key-id ID --secret-stdin`],
    });
  }
  const endpoint = readUrl(options.endpoint, "--endpoint");
  const secretAccessKey = options.secretStdin
    ? (await text(stdin)).trim()
    : await prompts.secret(`Secret key of ${accessKeyId}`, { flag: "--secret-stdin" });
  if (secretAccessKey === "") throw new CliError("Usage", "The secret key is empty.");
  const endpoints = new Map(await readForeignEndpoints(environment));
  endpoints.set(name, { endpoint, region, accessKeyId, secretAccessKey, isVirtual });
  await writeForeignEndpoints(environment, endpoints);
  output.note(`Remembered ${endpoint} as ${name}: stave ls ${name}:`);
  output.result({ context: name, endpoint, region, accessKeyId }, () => "");
};
