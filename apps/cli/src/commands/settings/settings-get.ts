import type { RunOf } from "../../command/define-command.ts";
import { settingNames, type settingsGet } from "./index.ts";

export const run: RunOf<typeof settingsGet> = async ({ api, arguments: { name }, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/storage/config");
  const field = settingNames[name];
  const value = body.data[field];
  output.result({ [field]: value }, () => `${value}\n`);
};
