import type { Permission } from "@stave/api-contract";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { momentAfter } from "../../command/moment.ts";
import { intoSecretFile } from "../../output/into-secret-file.ts";
import type { tokensCreate } from "./index.ts";

export const run: RunOf<typeof tokensCreate> = async ({ api, options, output, now }) => {
  const { name, permission, expires, secretFile } = options;
  // The API knows which there are, and names them when one is not among them.
  const permissions = permission.flat() as readonly Permission[];
  if (permissions.length === 0) {
    throw new CliError("Usage", "The required parameter --permission is missing.", {
      next: [`stave tokens create -n NAME -p storage:read`, "stave whoami: what you may do yourself"],
    });
  }
  const { call } = await api();
  const make = async () => {
    const expiresAt = expires === undefined ? undefined : momentAfter(expires, now());
    const body = { name, permissions: [...permissions], expiresAt };
    const { token, ...made } = (await call("post /api/tokens", { body })).body.data;
    return { secret: token, made };
  };
  if (secretFile !== undefined) {
    const made = await intoSecretFile(secretFile, make);
    output.note(`The token is in ${secretFile}, for nobody else to read. Its id:`);
    output.result(made, () => `${made.id}\n`);
    return;
  }
  const { secret, made } = await make();
  output.note(`Made the token ${made.id}. It is shown this once:`);
  output.result({ ...made, token: secret }, () => `${secret}\n`);
};
