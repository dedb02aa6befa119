import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { InvalidValue, integer } from "../../command/options.ts";
import { settingNames, type settingsSet } from "./index.ts";

const readNumber = integer({ from: 1 });

export const run: RunOf<typeof settingsSet> = async ({ api, arguments: { name, value }, output }) => {
  const wanted = read(value);
  const { call } = await api();
  const { body: before, headers } = await call("get /api/storage/config");
  // What somebody else has changed meanwhile is not taken back.
  const { body } = await call("put /api/storage/config", {
    body: { ...before.data, [settingNames[name]]: wanted },
    headers: { "if-match": headers.etag ?? "*" },
  });
  output.note(`${name} is ${wanted} now; it was ${before.data[settingNames[name]]}.`);
  output.result(body.data, () => "");
};

function read(value: string): number {
  try {
    return readNumber(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new CliError("Usage", error.message, { cause: error });
  }
}
