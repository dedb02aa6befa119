import type { RunOf } from "../../command/define-command.ts";
import { intoSecretFile } from "../../output/into-secret-file.ts";
import type { noticesCreate } from "./index.ts";

export const run: RunOf<typeof noticesCreate> = async ({ api, options: { name, to: url, secretFile }, output }) => {
  const { call } = await api();
  const make = async () => {
    const { secret, ...made } = (await call("post /api/notice-webhooks", { body: { name, url } })).body.data;
    return { secret, made };
  };
  if (secretFile !== undefined) {
    const made = await intoSecretFile(secretFile, make);
    output.note(`Its secret is in ${secretFile}, for nobody else to read. Its id:`);
    output.result(made, () => `${made.id}\n`);
    return;
  }
  const { secret, made } = await make();
  output.note(`Made the webhook ${made.id}. Its secret is shown this once:`);
  output.result({ ...made, secret }, () => `${secret}\n`);
};
