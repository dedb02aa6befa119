import type { RunOf } from "../../command/define-command.ts";
import type { bucketsVisibilityGet } from "./index.ts";
import { serviceQuery } from "./options.ts";

export const run: RunOf<typeof bucketsVisibilityGet> = async ({ api, arguments: given, options, output }) => {
  const { call } = await api();
  const query = serviceQuery(options.service);
  const { body } = await call("get /api/storage/buckets/{bucket}", { params: { bucket: given.bucket }, query });
  const { visibility } = body.data;
  output.result({ visibility }, () => `${visibility}\n`);
};
