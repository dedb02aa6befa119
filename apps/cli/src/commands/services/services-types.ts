import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { printable } from "../../output/printable.ts";
import type { servicesTypes } from "./index.ts";
import { type Engine, readParameterSchema } from "./read-parameters.ts";

export const run: RunOf<typeof servicesTypes> = async ({ api, arguments: { engine: wanted }, output }) => {
  const client = await api();
  const { body: providers } = await client.call("get /api/external-services/providers/metadata");
  const engines = providers.flatMap(({ service_type, engines }) => engines.map((one) => ({ service_type, ...one })));
  if (wanted === undefined) {
    for (const reason of new Set(engines.map(({ unavailable_reason }) => unavailable_reason))) {
      if (reason !== null) output.note(printable(reason));
    }
    return output.list(engines, {
      empty: "There are no engines.",
      render: () =>
        formatTable(engines, [
          { title: "TYPE", of: ({ service_type }) => service_type },
          { title: "ENGINE", of: ({ engine }) => engine },
          { title: "AVAILABLE", of: ({ is_available }) => (is_available ? "yes" : "no") },
          {
            title: "ABOUT",
            of: ({ description, is_deprecated }) => `${is_deprecated ? "Deprecated. " : ""}${description}`,
          },
        ]),
    });
  }
  const found = engines.find(({ engine }) => engine === wanted);
  if (found === undefined) {
    const known = engines.map(({ engine }) => engine).join(", ");
    throw new CliError("Usage", `There is no engine "${wanted}".`, {
      why: `There are ${known}.`,
      next: ["stave services types"],
    });
  }
  const engine: Engine = found.engine;
  const schema = await readParameterSchema(client, engine);
  const rows = Object.entries(schema.properties).filter(([name]) => name !== "engine");
  output.result({ ...found, parameters: schema }, () =>
    formatTable(rows, [
      { title: "PARAMETER", of: ([name]) => name },
      { title: "TYPE", of: ([, property]) => property.enum?.join(" or ") ?? property.type },
      { title: "NEEDED", of: ([name]) => (schema.required.includes(name) ? "yes" : "no") },
      { title: "LATER", of: ([name]) => (schema.readonly.includes(name) ? "stays" : "can be changed") },
      {
        title: "ABOUT",
        of: ([, { description, writeOnly }]) =>
          writeOnly === true ? "A secret: --secret-file or --secret-stdin." : (description ?? ""),
      },
    ]),
  );
};
