import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { settingsDirectory } from "../../settings/settings-directory.ts";
import type { configShow } from "./index.ts";

export const run: RunOf<typeof configShow> = async ({ settings: { url, token, context }, environment, output }) => {
  const directory = settingsDirectory(environment);
  const rows = [
    { name: "url", value: url.value, from: url.from, where: url.where },
    { name: "token", value: token && "***", from: token?.from ?? "default", where: token?.where },
    { name: "context", value: context?.value, from: context?.from ?? "default", where: context?.where },
    {
      name: "directory",
      value: directory,
      from: environment.STAVE_CONFIG_DIR ? "environment" : "default",
      where: environment.STAVE_CONFIG_DIR ? "STAVE_CONFIG_DIR" : undefined,
    },
  ];
  output.result(
    Object.fromEntries(rows.map(({ name, value, from, where }) => [name, { value: value ?? null, from, where }])),
    () =>
      formatTable(rows, [
        { title: "NAME", of: ({ name }) => name },
        { title: "VALUE", of: ({ value }) => value },
        { title: "FROM", of: ({ from, where }) => (where === undefined ? from : `${from} (${where})`) },
      ]),
  );
};
