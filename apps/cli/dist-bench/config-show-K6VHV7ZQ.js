import { settingsDirectory } from "./chunk-64REPC56.js";
import { formatTable } from "./chunk-ULDKW3OL.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/contexts/config-show.ts
var run = async ({ settings: { url, token, context }, environment, output }) => {
  const directory = settingsDirectory(environment);
  const rows = [
    { name: "url", value: url.value, from: url.from, where: url.where },
    { name: "token", value: token && "***", from: token?.from ?? "default", where: token?.where },
    { name: "context", value: context?.value, from: context?.from ?? "default", where: context?.where },
    {
      name: "directory",
      value: directory,
      from: environment.STAVE_CONFIG_DIR ? "environment" : "default",
      where: environment.STAVE_CONFIG_DIR ? "STAVE_CONFIG_DIR" : void 0,
    },
  ];
  output.result(
    Object.fromEntries(rows.map(({ name, value, from, where }) => [name, { value: value ?? null, from, where }])),
    () =>
      formatTable(rows, [
        { title: "NAME", of: ({ name }) => name },
        { title: "VALUE", of: ({ value }) => value },
        { title: "FROM", of: ({ from, where }) => (where === void 0 ? from : `${from} (${where})`) },
      ]),
  );
};

export { run };
//# sourceMappingURL=config-show-K6VHV7ZQ.js.map
