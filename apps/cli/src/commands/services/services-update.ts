import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { finishChange } from "./finish-change.ts";
import type { servicesUpdate } from "./index.ts";
import { readPairs, readParameterFile, readParameterSchema } from "./read-parameters.ts";
import { resolveService } from "./resolve-service.ts";

export const run: RunOf<typeof servicesUpdate> = async (invocation) => {
  const { api, options, stdin } = invocation;
  const { name, set, parameters: file, noWait } = options;
  if (name === undefined && set.length === 0 && file === undefined) {
    throw new CliError("Usage", "Nothing is to be changed.", { why: "There is no -n, no -s and no --parameters." });
  }
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body: found } = await client.call("get /api/external-services/{id}", { params: { id } });
  const { engine } = found.service;
  const schema = await readParameterSchema(client, engine);
  const taken = set.filter(([, value]) => value === "").map(([key]) => [key, null] as const);
  const pairs = readPairs(
    set.filter(([, value]) => value !== ""),
    schema,
    engine,
  );
  const parameters = {
    ...(file !== undefined && (await readParameterFile(file, stdin))),
    ...pairs,
    ...Object.fromEntries(taken),
  };
  const fixed = Object.keys(parameters).filter((key) => schema.readonly.includes(key));
  if (fixed.length > 0) {
    const free = Object.keys(schema.properties).filter((key) => !schema.readonly.includes(key));
    throw new CliError("Usage", `${fixed.join(", ")} cannot be changed of a service of the engine ${engine}.`, {
      why: `What can be changed: ${free.join(", ")}.`,
    });
  }
  const body = { ...(name !== undefined && { name }), parameters };
  const answer = await client.call("put /api/external-services/{id}", { params: { id }, body });
  await finishChange(invocation, client, { answer, id, noWait, done: "Changed." });
};
