import type { RunOf } from "../../command/define-command.ts";
import { readSecret } from "../../command/read-secret.ts";
import { printable } from "../../output/printable.ts";
import type { usersSetup } from "./index.ts";

export const run: RunOf<typeof usersSetup> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const { email } = given;
  const password = await readSecret(invocation, {
    question: `Password for ${email}`,
    fromStdin: options.passwordStdin,
    file: options.passwordFile,
    flag: "--password-stdin",
  });
  const { call } = await api();
  const { body } = await call("post /api/setup", { body: { email, name: options.name, password } });
  output.note(`${printable(email)} is the first user, an admin. Revoke the administrator token now. Their id:`);
  output.result(body.data, () => `${body.data.id}\n`);
};
