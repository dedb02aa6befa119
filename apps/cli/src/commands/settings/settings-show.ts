import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { settingNames, type settingsShow } from "./index.ts";

export const run: RunOf<typeof settingsShow> = async ({ api, output }) => {
  const { call } = await api();
  const [{ body: config }, { body: methods }] = await Promise.all([
    call("get /api/storage/config"),
    call("get /api/session/methods"),
  ]);
  output.result({ ...config.data, signIn: methods.data }, () =>
    formatProperties({
      ...Object.fromEntries(Object.entries(settingNames).map(([name, field]) => [name, config.data[field]])),
      "sign-in": methods.data.map((method) => (method.kind === "oidc" ? method.name : method.kind)).join(", "),
    }),
  );
};
