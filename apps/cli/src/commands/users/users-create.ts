import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { readSecret } from "../../command/read-secret.ts";
import { printable } from "../../output/printable.ts";
import { listUsers } from "./find-user.ts";
import type { usersCreate } from "./index.ts";

export const run: RunOf<typeof usersCreate> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const { name, role, passwordStdin, passwordFile, ifNotExists } = options;
  const { email } = given;
  const password = await readSecret(invocation, {
    question: `Password for ${email}`,
    fromStdin: passwordStdin,
    file: passwordFile,
    flag: "--password-stdin",
  });
  const client = await api();
  try {
    const { body } = await client.call("post /api/users", { body: { email, name, role, password } });
    output.note(`Added ${printable(email)}, a ${role}. Their id:`);
    output.result(body.data, () => `${body.data.id}\n`);
  } catch (error) {
    if (!ifNotExists || !(error instanceof CliError) || error.code !== "Conflict") throw error;
    const found = (await listUsers(client)).find((user) => user.email.toLowerCase() === email.toLowerCase());
    if (found === undefined) throw error;
    output.note(`${printable(email)} is there already, a ${found.role}. Their id:`);
    output.result(found, () => `${found.id}\n`);
  }
};
